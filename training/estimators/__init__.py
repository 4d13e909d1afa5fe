"""The estimators, their prediction intervals, and exact SHAP values of trees."""
