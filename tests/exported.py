"""One order as each shop, network and analytics exports it, with what a test says otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def shopify(number: int, total: str, **fields: Any) -> dict[str, Any]:
    fixed = {"id": 5_000_000_000_000 + number, "name": f"#{number}", "order_number": number}
    fixed |= {"created_at": "2024-03-05T10:00:00+01:00", "currency": "EUR", "total_price": total}
    return {**fixed, "discount_codes": [{"code": "ANNA10"}], "refunds": [], **fields}


def woo(own_id: int, status: str, total: str = "40.00", **fields: Any) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        "id": own_id,
        "number": str(own_id),
        "status": status,
        "date_created_gmt": "2024-03-05T10:00:00",
    }
    fixed |= {"currency": "EUR", "total": total, "line_items": [], "coupon_lines": [{"code": "anna10"}]}
    return {**fixed, **fields}


def awin(number: int, status: str, amount: float = 40.0, **fields: Any) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        "id": number,
        "publisherId": 77,
        "commissionStatus": status,
        "validationDate": None,
    }
    fixed |= {"transactionDate": "2024-03-05T10:00:05", "saleAmount": {"amount": amount, "currency": "EUR"}}
    return {**fixed, **fields}


def impact(number: int, state: str, amount: str, intended: str = "", **fields: Any) -> dict[str, Any]:
    fixed = {
        "Id": f"20.{number}",
        "State": state,
        "EventDate": "2024-03-05T10:00:00Z",
        "MediaPartnerId": "78",
    }
    return {**fixed, "Amount": amount, "IntendedAmount": intended, "Currency": "EUR", **fields}


def cj(commission: str, amount: str, action: str | None = "900", **fields: Any) -> dict[str, Any]:
    fixed = {"commissionId": commission, "original": commission == action, "originalActionId": action}
    fixed |= {"publisherId": "77", "orderId": "O-1"}
    fixed |= {"eventDate": "2024-03-05T10:00:00Z", "postingDate": "2024-03-20T12:00:00Z"}
    return {**fixed, "saleAmountAdvCurrency": amount, "advCurrency": "EUR", **fields}


def ga4(
    at: str, number: Any = "T-1", kind: str = "purchase", amount: float = 50.0, **utm: str
) -> dict[str, Any]:
    stamp = int(datetime.fromisoformat(at + "+00:00").timestamp() * 1_000_000)
    money = "refund_value" if kind == "refund" else "purchase_revenue"
    event: dict[str, Any] = {"event_name": kind, "event_timestamp": str(stamp)}
    event["ecommerce"] = {"transaction_id": number, money: amount}
    event["event_params"] = [{"key": "currency", "value": {"string_value": "EUR"}}]
    return event | {"collected_traffic_source": {f"manual_{name}": value for name, value in utm.items()}}
