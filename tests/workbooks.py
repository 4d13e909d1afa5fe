"""Workbooks as people make them, made by code."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

HEADER = ["Campaign", "Start", "End", "Influencer", "Posts", "Fee", "Orders", "Revenue"]
START, END = date(2024, 3, 1), date(2024, 3, 15)

XLS = base64.b85decode(
    """c-rk)O-NKx6#nj=H_lk&IGP3;hzMDk2-T*IPKhQ_iUrXRQH{=Xm>i!nGcIzIWwQ)|Rz(}b7H#Zj(GL|Av<M26S_DF%wTd7J3R<YIbI-gtIyQm>CK&G<?s@l|d;Z?N=ic|`O-__dk3OiJ!4fpVg?Y0O1&d^YTA|GZK;x#Vy7tve&2+G?Q0S$FEO6sl(L0Y?L$%&BkhrhCA_{z_b{Yfd=r{E0HAFM#5E3efMxjydN!+65M+N6q%Cwv5CZ_jT_c_yjEV;_Gk#wiUDNF=A>h@Z7d_vann4hS?W44)M$u5-RjjH2|*F;*^js5XxD7MZ9sx%+QKug-D8+u&v#khkFKub$Qdwau4!ZgZgxySI!tOkDC`}$?IBVSv&0Lg!6%RS4;y|jo+<=3SK48uGpR57RE!x>GDXy^<jk|`A7VL`ew4o4Ho#4N(94)`Re6Z=r8Zy*#gbW&;7BT>U3+g2m2lgdG(CpM@X-Fn=o1`|m=78^7ox<R_f`Vyh!5Oop*@u(5m2=vXyVtTxxJJj=)Hd0qV$KcZ?kafBg@t*S$4WpR*CA{+jl+EnjAMe|{I)i6fGR#ku^mAvcx=EP0q%6qT&m%6_UhCLmC)3O9bqn_^nU>Mb)3vs<-0B<{VVx^HT1#>EFg^sgE$VNle(KwiCsnC0!5!2eZ<`q^8~+#_MGehfnC#VW1ofg`+`OUiG-zLibwYh&TJhIu<&^;|chh>f7GsXr1vDQDX->_K$Z*n{t2E~#&XwUb;<OCsCeCfe5jo-rj-zJo1!b!4qZGGaOQKUmrKO`HcrrRF!fv*E`(2WE<y+?PEwg;foW3Rd_GWaHZ$I0e7b^QES&B!>5uN1=SiPFUvNg4U^;T0nXUH{Y4jede;J|?c2if0rr1d7P@q1(Xjml$v*O{X>?|dftZ*dg;^h?rT%2pV3jpIUI^|KjnVfzv*w6VVzDjcWiarB~#^XSdHe(8-^EWV!=8wOTy3*{SsKA$}Qar{37up{a"""
)
"""Excel 97: a sheet Past (Kampagne, Beginn, Ende, Influencer, Bestellungen, Umsatz) with müller.café, 12, 480.5 and bo, 3, 90, and a hidden one."""


def xls(path: Path) -> Path:
    path.write_bytes(zlib.decompress(XLS))
    return path


def row(
    who: Any = "anna",
    *,
    posts: Any = 3,
    fee: Any = 100,
    orders: Any = 12,
    revenue: Any = 300,
    campaign: Any = "spring",
) -> list[Any]:
    return [campaign, START, END, who, posts, fee, orders, revenue]


def text(rows: Sequence[Sequence[Any]], between: str = ",") -> str:
    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if between in text or '"' in text or "\n" in text else text

    return "".join(between.join(map(cell, one)) + "\n" for one in rows)


def xlsx(
    path: Path,
    rows: Sequence[Sequence[Any]],
    change: Callable[[Worksheet], None] | None = None,
    **more: Sequence[Sequence[Any]],
) -> Path:
    book = Workbook()
    for number, (title, lines) in enumerate({"Sheet1": rows, **more}.items()):
        sheet = book.active if number == 0 else book.create_sheet(title)
        assert isinstance(sheet, Worksheet)
        sheet.title = title
        for line in lines:
            sheet.append(list(line))
        if number == 0 and change:
            change(sheet)
    book.save(path)
    return path


def ods(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"><text:p>{value:%d.%m.%y}</text:p></table:table-cell>'
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    body = "".join(
        f'<table:table table:name="{title}">'
        + "".join(f"<table:table-row>{''.join(map(cell, one))}</table:table-row>" for one in rows)
        + "</table:table>"
        for title, rows in sheets.items()
    )
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>'
    manifest = f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def numbers(path: Path) -> Path:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Index/Document.iwa", b"x")
    path.write_bytes(data.getvalue())
    return path
