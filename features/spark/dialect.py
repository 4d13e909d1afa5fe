"""SQL as Spark takes it: what is written by hand for DuckDB, and what Ibis makes of expressions.

Two things differ and are mended here, once: Spark reads ``1.0`` as a decimal, whose quotients have few digits, and DuckDB
reads it as a double where it meets one; and in names of functions.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import sqlglot
from sqlglot import exp


def translated(query: str) -> str:
    """Return SQL in DuckDB's dialect as Spark's.

    >>> translated("SELECT 1.5 * x FROM t ORDER BY x")
    "SELECT CAST('1.5' AS DOUBLE) * x FROM t ORDER BY x NULLS LAST"
    """
    return _doubles(sqlglot.parse_one(query, read="duckdb"))


def compiled_for_spark(expression: ir.Table) -> str:
    """Return an expression that is bound to no database as Spark's SQL."""
    ibis.pyspark  # noqa: B018 - Ibis knows the options of an engine once it has been asked for
    return _doubles(sqlglot.parse_one(str(ibis.to_sql(expression, dialect="pyspark")), read="spark"))


def _doubles(query: exp.Expr) -> str:
    def mend(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal) and not node.is_string and not node.this.isdigit():
            return exp.cast(exp.Literal.string(node.this), "double")
        if isinstance(node, exp.Join) and node.kind in ("ANTI", "SEMI") and not node.side:
            node.set("side", "LEFT")
        if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
            return exp.DataType.build("decimal(38, 0)")
        if isinstance(node, exp.Try) and isinstance(node.this, exp.Decode):
            return exp.func("try_validate_utf8", exp.cast(node.this.this, "text"))
        return node

    return query.transform(mend).sql(dialect="spark")
