"""The model people hold in their hands: an ordinary scikit-learn estimator that also takes a Dataset, and is saved and loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from suasion.features.engine.feature import extra
from suasion.features.engine.info import DECLARED, characteristic_of
from suasion.features.engine.matrix import features_of
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import InputError
from suasion.features.text.space import Embedder
from suasion.training.bundle.folder import Bundle, save
from suasion.training.bundle.folder import load as read_bundle
from suasion.training.dataset import Dataset, Time, moment_of
from suasion.training.estimators.base import RateRegressor, check_exposure
from suasion.training.estimators.fit import Columns, Data, Settings, fit
from suasion.training.estimators.interval import LEVEL
from suasion.training.evaluation.review import Review, review
from suasion.training.evaluation.split import times_of
from suasion.training.train import learn

from .explaining.explain import explanation
from .explaining.score_change import Change, check_two, compare_scores
from .explaining.what_if import what_if
from .explaining.wording import column_words
from .question import question_of, texts
from .scoring.candidates import Ask
from .scoring.frame import EXPOSURE, features_behind, framed, possible_outcomes
from .scoring.plan.plan import Plan
from .scoring.ranking import Board
from .scoring.score import Session

if TYPE_CHECKING:
    from mlflow.models.model import ModelInfo
    from shap import Explanation


class InfluenceModel(RateRegressor):
    """Expected conversions: a Poisson rate model of monotone gradient-boosted trees and a regularised Poisson regression.

    The trees are grown on top of half of the regression, with the penalty and the number of trees chosen forward in time inside the
    training rows. ``fit`` takes a :class:`suasion.Dataset`, or ``X, y`` and ``exposure`` as any estimator does; then
    ``cross_validate``, ``GridSearchCV`` and ``permutation_importance`` work. ``exposure`` is routed to ``fit``, ``predict`` and ``score``
    where metadata routing is on; rows with the column ``offer__exposure`` bring it with them.

    Parameters
    ----------
    kind
        ``"blend"`` is both; ``"trees"`` or ``"linear"`` one of them.
    interactions
        Let trees mix characteristics. Factors are then sums of SHAP values.
    monotonic
        Hold both to the declared directions of the features: what is declared to help never counts against anybody.
    lightgbm
        Parameters of the trees, such as ``{"num_leaves": 15}``.
    alpha
        Penalty of the regression; None chooses it.
    coverage
        Share of outcomes that the prediction interval is to hold.
    embedder
        ``"lsa"`` fits a text space on the posts; or an object with ``name`` and ``embed(texts)``.
    random_state
        The same seed, rows and parameters give the same model.

    Attributes
    ----------
    parts_ : Parts
        The fitted trees and regression.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns it was fitted on.
    evaluation_ : dict
        How it was judged forward in time, if it was fitted on a Dataset.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"momentum__followers": rng.lognormal(8, 1, 300), "offer__exposure": rng.integers(1, 5, 300).astype(float)})
    >>> y = rng.poisson(X["offer__exposure"] * (X["momentum__followers"] / 3000) ** 0.5)
    >>> model = InfluenceModel(kind="linear").fit(X, y)
    >>> model.predict(X).shape, model.score(X, y) > 0.3
    ((300,), True)
    """

    # Metadata routing: exposure goes to all three without a call of set_…_request.
    __metadata_request__fit: ClassVar = {"exposure": True, "decided_at": True, "known_at": True}
    __metadata_request__predict: ClassVar = {"exposure": True}
    __metadata_request__score: ClassVar = {"exposure": True}

    def __init__(
        self,
        *,
        kind: Literal["blend", "trees", "linear"] = "blend",
        interactions: bool = False,
        monotonic: bool = True,
        lightgbm: Mapping[str, object] | None = None,
        alpha: float | None = None,
        coverage: float = LEVEL,
        embedder: Embedder | str = "lsa",
        random_state: int = 0,
    ) -> None:
        self.kind = kind
        self.interactions = interactions
        self.monotonic = monotonic
        self.lightgbm = lightgbm
        self.alpha = alpha
        self.coverage = coverage
        self.embedder = embedder
        self.random_state = random_state

    def settings(self) -> Settings:
        """Return the parameters, checked.

        Raises
        ------
        InputError
            When one of them is out of range.
        """
        parameters = {
            name: value for name, value in self.get_params(deep=False).items() if name != "embedder"
        }
        return Settings(**{**parameters, "lightgbm": self.lightgbm or {}})

    @property
    def space(self) -> Embedder | None:
        """The embedder that was given; None where one is fitted.

        Raises
        ------
        InputError
            When it is neither ``"lsa"`` nor an embedder.
        """
        if self.embedder == "lsa":
            return None
        if (
            isinstance(self.embedder, str)
            or not hasattr(self.embedder, "embed")
            or not hasattr(self.embedder, "name")
        ):
            raise InputError(
                f"embedder is {self.embedder!r:.60}; it can be 'lsa', or an object with a name and embed(texts)."
            )
        return self.embedder

    def fit(
        self,
        X: Dataset | pd.DataFrame | ArrayLike,
        y: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
        *,
        decided_at: ArrayLike | None = None,
        known_at: ArrayLike | None = None,
        until: Time | None = None,
    ) -> Self:
        """Fit on a Dataset, or on rows.

        Parameters
        ----------
        X
            A Dataset, or rows of features of shape (n, features).
        y
            Net conversions of rows, shape (n,), 0 or more.
        exposure
            Units of effort of rows, shape (n,), above 0: y is expected in proportion. None: the column ``offer__exposure``, or 1.
        decided_at, known_at
            Moments of rows, by which the inner choices go forward in time; None: the index levels ``as_of`` and ``known_at``, or
            the order of rows.
        until
            For a Dataset: use only outcomes known before.

        Raises
        ------
        InputError
            When a parameter is out of range, or the Dataset cannot be learned from.
        ValueError
            When rows are no numbers, or y is negative.
        """
        settings = self.settings()
        _refuse_path(X)
        self.__dict__.pop("_session", None)
        if isinstance(X, Dataset):
            if y is not None or exposure is not None:
                raise InputError("A Dataset brings its own outcomes: leave y and exposure out.")
            moment = None if until is None else moment_of(until, "until")
            bundle, _ = learn(X.tables, settings, space=self.space, until=moment)
            return self._take(bundle)
        if until is not None:
            raise InputError("until is for a Dataset; of rows, give those that were known by then.")
        if y is None:
            raise ValueError(
                "This InfluenceModel estimator requires y to be passed, but the target y is None."
            )
        values, counts, *_ = self._rates(X, y, None, None)
        self.exposure_given_ = exposure is not None
        effort = self._exposure(X, exposure, len(values))
        decided, known = times_of(X, len(values), decided_at, known_at)
        names = list(getattr(self, "feature_names_in_", [f"x{i}" for i in range(values.shape[1])]))
        order = np.argsort(decided, kind="stable")
        data = Data(values, counts, effort, decided, known).take(order)
        parts, _ = fit(data, declared(names), settings)
        self.parts_ = parts
        self.bundle_: Bundle | None = None
        return self

    def _take(self, bundle: Bundle) -> Self:
        """Become the model that a bundle holds."""
        self.bundle_ = bundle
        self.parts_ = bundle.parts
        self.feature_names_in_ = np.array(bundle.parts.features, dtype=object)
        self.n_features_in_ = len(bundle.parts.features)
        self.exposure_given_ = False
        self.evaluation_ = bundle.evaluation
        return self

    def predict(
        self,
        X: Dataset | pd.DataFrame | ArrayLike,
        exposure: ArrayLike | None = None,
        *,
        campaign: str | Sequence[str] | None = None,
        brief: str | Sequence[str] | None = None,
        as_of: Time | None = None,
        offer: Mapping[str, float] | None = None,
        budget: float | None = None,
        brand: str | None = None,
        category: str | None = None,
        goal: str | None = None,
        country: str | None = None,
        ends_at: Time | None = None,
        days: float | None = None,
    ) -> Any:  # a DataFrame of a Dataset, an array of rows
        """Predict conversions.

        Parameters
        ----------
        X
            A Dataset, with ``campaign`` or ``brief``; or rows of features.
        exposure
            Of rows, as for :meth:`fit`.
        campaign, brief
            Whose candidates to score: the id of a stored campaign, or the text of a new one; or several of them.
        as_of
            Moment of decision; None: the campaign's own, or the end of the data.
        offer
            What is agreed where no candidate row says it: ``exposure``, ``fee``, ``discount``, ``offer_…``.
        budget
            Money to spend on fees: the column ``ask`` says whom to ask.
        brand, category, goal, country, ends_at, days
            What else is known of a new brief; None: not known, and as long as the median campaign.

        Returns
        -------
        DataFrame, or ndarray of shape (n,)
            Of a Dataset, the candidates, best first: ids, ``as_of``, ``expected_conversions`` with the interval ``low`` to ``high``, and
            the factors whose product it is; with fees or revenue also what a conversion costs, and ``currency`` where the data tells it.
            ``.attrs["notes"]`` says what a reader should know, ``.attrs["X"]`` holds the features.
            Of rows, expected conversions.
        """
        check_is_fitted(self, "parts_")
        _refuse_path(X)
        about: dict[str, object] = {
            "budget": budget, "brand": brand, "category": category, "goal": goal, "country": country, "days": days,
        }  # fmt: skip
        if isinstance(X, Dataset):
            if exposure is not None:
                raise InputError(
                    "exposure is of rows; of a Dataset it is what candidates are offered: offer={'exposure': …}."
                )
            return self._rank(
                X, campaign, brief, question_of(as_of=as_of, ends_at=ends_at, offer=offer, **about)
            )
        moments = {"as_of": as_of, "ends_at": ends_at}
        only_of_dataset = {"campaign": campaign, "brief": brief, "offer": offer, **moments, **about}
        if said := [name for name, value in only_of_dataset.items() if value is not None]:
            raise InputError(f"{', '.join(said)} is for a Dataset; rows of features have it already.")
        values = self._rows(X)
        rate = np.exp(self.parts_.log_base + self.parts_.contributions(values).sum(axis=1))
        return rate * self._exposure(X, exposure, len(values))

    def plan(
        self,
        X: Dataset,
        *,
        campaign: str | None = None,
        brief: str | None = None,
        budget: float | None = None,
        target: float | None = None,
        value: float | None = None,
        must: str | Sequence[str] = (),
        never: str | Sequence[str] = (),
        most_fee: float | None = None,
        most_posts: int | None = None,
        at_most: int | None = None,
        min_new: int = 0,
        platforms: str | Sequence[str] = (),
        seen: float | None = None,
        explore: int = 0,
        as_of: Time | None = None,
        offer: Mapping[str, float] | None = None,
        brand: str | None = None,
        category: str | None = None,
        goal: str | None = None,
        country: str | None = None,
        ends_at: Time | None = None,
        days: float | None = None,
    ) -> Plan:
        """Say whom to ask within a budget, or for a target.

        Parameters
        ----------
        X
            A Dataset.
        campaign, brief, as_of, offer, brand, category, goal, country, ends_at, days
            Whose candidates, and what they are offered, as for :meth:`predict`.
        budget
            Money to spend on fees: the most expected conversions are bought with it, as far as they pay.
        target
            Conversions to be expected: the cheapest people who bring so many are chosen.
        value
            What a conversion is worth; None: its revenue in past outcomes, where they tell it.
        must, never
            Ids, accounts or handles of those who are asked in any case, and of those who are not.
        most_fee
            The most that one person may cost.
        most_posts
            The plan chooses how many posts each is asked for, up to so many; None: as many as are agreed.
        at_most
            How many may be of one platform.
        min_new
            How many must have no past outcome.
        platforms
            Where to ask; empty for everywhere.
        seen
            Share of an audience that sees what somebody posts, above 0 and up to 1: by it, whoever follows several counts once. None:
            all of it where a table ``audience_members`` says who is in an audience, and otherwise shared audiences are only named.
        explore
            Places held for people to learn from, picked by chance.

        Returns
        -------
        Plan
            ``print(plan)`` says it in words, after what changes how it may be read; ``plan.table`` holds who is asked and who nearly is.

        Raises
        ------
        InputError
            When neither budget nor target is given, or no plan keeps to the limits.
        """
        check_is_fitted(self, "parts_")
        _require_dataset(X)
        if budget is None and target is None:
            raise InputError("A plan needs a budget, or a target of conversions.")
        ask = question_of(
            campaign=campaign, brief=brief, brand=brand, category=category, goal=goal, country=country,
            as_of=as_of, ends_at=ends_at, days=days, offer=offer, budget=budget, target=target, value=value,
            must=must, never=never, most_fee=most_fee, most_posts=most_posts, at_most=at_most, min_new=min_new,
            platforms=platforms, seen=seen, explore=explore,
        )  # fmt: skip
        scored = self._session_of(X).score(ask)
        assert scored.plan is not None
        return replace(scored.plan, banner=scored.banner)

    def explain(
        self, X: pd.DataFrame, *, by: Literal["feature", "characteristic"] = "feature"
    ) -> Explanation:
        """Return SHAP values on the log scale, for every plot of ``shap.plots``.

        Parameters
        ----------
        X
            Scores, as :meth:`predict` gives them, all or some; or rows of features.
        by
            ``"feature"``, or ``"characteristic"`` for the seven and the offer.

        Returns
        -------
        shap.Explanation
            ``values`` of shape (n, features) or (n, 8); ``base_values`` plus their sum is ``log(expected / exposure)``. Its
            ``feature_names`` are words: ``offer__discount`` is ``"offer: discount"``.
        """
        check_is_fitted(self, "parts_")
        rows = features_behind(X)
        names = [column_words(column) if "__" in column else column for column in self.parts_.features]
        return explanation(self.parts_, rows, by=by, names=names)

    def draws(self, X: pd.DataFrame, *, n_draws: int = 1000, random_state: int = 0) -> pd.DataFrame:
        """Return possible outcomes of candidates: each as its interval says, those of one campaign moved together as past ones were.

        A sum of rows is what several people may bring together, and its quantiles are its range.

        Parameters
        ----------
        X
            Scores, as :meth:`predict` gives them, all or some; of rows, those of one campaign vary together.
        n_draws
            How many.
        random_state
            The same seed and rows give the same draws.

        Returns
        -------
        DataFrame of shape (n, n_draws)
            Conversions, in the order and with the index of ``X``.

        Raises
        ------
        InputError
            When these are no scores, or the model was judged on too few campaigns to know what one campaign shares.
        """
        bundle = self._of_dataset("asked for draws")
        return possible_outcomes(X, bundle, n_draws, random_state)

    def what_if(self, X: pd.DataFrame, **changes: float) -> pd.DataFrame:
        """Return expected conversions before and after some features are set to other values.

        It says what the model would predict for somebody who is otherwise the same, not what would happen if you changed them.

        Parameters
        ----------
        X
            As for :meth:`explain`.
        **changes
            Columns of features and their new values.

        Returns
        -------
        DataFrame of shape (n, 4)
            ``before, after, ratio``, and ``clipped``: the changes that lie beyond what training saw, where the model was asked about
            the nearest value that it saw instead.
        """
        records = () if self.bundle_ is None else self.bundle_.features
        return what_if(self.predict, features_behind(X), self.parts_.features, records, changes)

    def change(
        self,
        X: Dataset,
        influencer: str,
        *,
        campaign: str | None = None,
        brief: str | None = None,
        as_of: Time | None = None,
        to_as_of: Time | None = None,
        to_model: InfluenceModel | None = None,
        offer: Mapping[str, float] | None = None,
    ) -> Change:
        """Say why the score of somebody changed between two moments, two models, or both.

        Parameters
        ----------
        X
            A Dataset.
        influencer
            Whose score changed: id, account or handle.
        campaign, brief, as_of, offer
            The earlier question, as for :meth:`predict`.
        to_as_of
            The later moment of decision; None: the same.
        to_model
            The later model; None: this one.

        Returns
        -------
        Change
            ``expected`` before and after; ``parts``, whose ratios multiply to that of the two, each split exactly into what the data and
            what the model changed; and the features that moved it most.

        Raises
        ------
        InputError
            When nothing differs, or the question cannot be answered.
        """
        check_is_fitted(self, "parts_")
        _require_dataset(X)
        first = question_of(as_of=as_of, ends_at=None, offer=offer, campaign=campaign, brief=brief)
        last = first if to_as_of is None else replace(first, as_of=moment_of(to_as_of, "to_as_of"))
        models = self, to_model or self
        check_two((first, models[0]), (last, models[1]))
        sessions = [model._session_of(X) for model in models]
        return compare_scores(
            sessions[1].tables,  # of the goal that the model learned from
            lambda later, ask: Board(ask, sessions[later].score(ask), "", {}),
            (first, last),
            influencer,
            models=models[0] is not models[1],
        )

    def save(self, path: str | Path) -> Path:
        """Write the model to a folder, whole or not at all: text and numbers, no pickle and no code."""
        save(self._of_dataset("saved"), path)
        return Path(path)

    def log(self, name: str = "model", *, registered_model_name: str | None = None) -> ModelInfo:
        """Log the model to your active MLflow run, at your tracking URI; nothing global is set.

        Returns
        -------
        mlflow.models.model.ModelInfo
            Its ``model_uri`` is what :func:`suasion.load` and ``mlflow.pyfunc.load_model`` take.
        """
        from suasion.training.tracking.registry import log_model

        bundle = self._of_dataset("logged")
        example = pd.DataFrame(
            [{f.column: f.low for f in bundle.features} | {"exposure": 1.0}], dtype="float64"
        )
        return log_model(bundle, example, name, registered_model_name)

    def _of_dataset(self, done: str) -> Bundle:
        check_is_fitted(self, "parts_")
        if self.bundle_ is None:
            raise InputError(
                f"This model was fitted on rows, without the Dataset that a model goes by when it is {done}: fit it on a Dataset."
            )
        return self.bundle_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "parts_")

    def __getstate__(self) -> dict[str, object]:
        state = dict(super().__getstate__())
        state.pop("_session", None)
        return state

    def _rank(
        self, data: Dataset, campaign: str | Sequence[str] | None, brief: str | Sequence[str] | None, ask: Ask
    ) -> pd.DataFrame:
        if (campaign is None) == (brief is None):
            raise InputError(
                "Give either campaign=, the id of a stored campaign, or brief=, the text of a new one."
            )
        session = self._session_of(data)
        if campaign is None:
            asks = [replace(ask, brief=text) for text in texts("brief", brief)]
        else:
            asks = [replace(ask, campaign=name) for name in texts("campaign", campaign)]
        scored = [session.score(one) for one in asks]
        if not scored:
            raise InputError("The list of campaigns or briefs is empty.")
        return framed(scored, briefs=campaign is None)

    def _session_of(self, data: Dataset) -> Session:
        if self.bundle_ is None:
            raise InputError(
                "This model was fitted on rows, and predicts rows. Fit it on a Dataset to rank candidates of one."
            )
        extras = {extra(name).column for name in self.bundle_.facts["extras"]}
        known = {f.column for f in features_of(data.tables)} | extras | {SURPRISE.column}
        missing = [column for column in self.parts_.features if column not in known]
        if missing:
            raise InputError(
                f"The model was fitted with features that this Dataset does not have: {', '.join(missing)}. "
                "Give them: Dataset(…, features=[*suasion.FEATURES, yours])."
            )
        session = self.__dict__.get("_session")
        if session is None or session[0] is not data.tables:
            session = (data.tables, Session(data.tables, self.bundle_, remember=False))
            self.__dict__["_session"] = session
        return cast(Session, session[1])

    def _rows(self, X: pd.DataFrame | ArrayLike) -> NDArray[np.float64]:
        """Return rows of features as they were fitted: columns by name, in whatever order and among whichever others."""
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            missing = [name for name in self.feature_names_in_ if name not in X]
            if missing:
                more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
                raise ValueError(f"X lacks {', '.join(missing[:3])}{more}, which the model was fitted on.")
            X = X[list(self.feature_names_in_)]
        return self._checked(X)

    def _exposure(self, X: object, exposure: ArrayLike | None, n: int) -> NDArray[np.float64]:
        if exposure is not None:
            return check_exposure(exposure, n)
        if isinstance(X, pd.DataFrame) and EXPOSURE in X:
            return check_exposure(X[EXPOSURE].to_numpy(), n)
        if getattr(self, "exposure_given_", False):
            raise ValueError(
                "exposure was given to fit, and is needed here as well: predict(X, exposure=…). In cross_validate and GridSearchCV, "
                "sklearn.set_config(enable_metadata_routing=True) routes params={'exposure': …} to fit, predict and score."
            )
        return np.ones(n)


def _refuse_path(X: object) -> None:
    if isinstance(X, (str, Path)):
        raise InputError(
            f"X is {str(X)!r:.60}; it can be a Dataset, such as su.Dataset({str(X)!r}), or rows of features."
        )


def _require_dataset(data: object) -> None:
    if not isinstance(data, Dataset):
        raise InputError(
            f"The data is a {type(data).__name__}; it can be a Dataset, such as su.Dataset('folder')."
        )


def declared(names: Sequence[str]) -> Columns:
    """Return what is declared of columns by their names: nothing of those that no feature has."""
    return Columns(
        names,
        [characteristic_of(name) for name in names],
        [DECLARED[name].monotonic if name in DECLARED else 0 for name in names],
        [DECLARED[name].elasticity if name in DECLARED else 0.0 for name in names],
        [DECLARED[name].fades if name in DECLARED else math.inf for name in names],
    )


def load(path: str | Path, *, embedder: Embedder | None = None) -> InfluenceModel:
    """Return a saved model.

    Parameters
    ----------
    path
        A folder, or an MLflow address: ``models:/mine@champion``, ``models:/mine/3``, ``runs:/…/model``.
    embedder
        The embedder, for a model that was fitted with one of your own.

    Raises
    ------
    BundleError
        When what is there is no model, was changed, or holds what no training writes.
    InputError
        When MLflow finds nothing at the address.
    TrackingError
        When MLflow cannot be loaded, as where whoever runs it has no home.
    """
    if str(path).startswith(("models:/", "runs:/")):
        from suasion.training.tracking.reach import load_mlflow

        load_mlflow()
        from suasion.training.tracking.registry import fetched

        with fetched(str(path)) as folder:
            bundle = read_bundle(folder, space=embedder)
    else:
        bundle = read_bundle(path, space=embedder)
    return InfluenceModel(embedder=embedder or "lsa", coverage=bundle.interval.level)._take(bundle)


def monitor(model: InfluenceModel, data: Dataset, *, until: Time | None = None) -> Review:
    """Compare what a model promised with the outcomes that it did not learn from: calibration, coverage, people misjudged, drift.

    Parameters
    ----------
    until
        Use only outcomes known before; None: all.

    Raises
    ------
    EmptyTableError
        With fewer than 20 such outcomes.
    """
    if not isinstance(model, InfluenceModel):
        raise InputError(f"model is {model!r:.60}; it can be an InfluenceModel, such as su.load('folder').")
    _require_dataset(data)
    bundle = model._of_dataset("monitored")
    with data.tables.scratch() as tables:
        return review(tables, bundle, until=None if until is None else moment_of(until, "until"))
