"""Countries as sheets name them, and the shares of an audience by country."""

from __future__ import annotations

import json
import re

from .cells import Unclear
from .columns import bare

_NAMES = """
AE|united arab emirates|vereinigte arabische emirate|emirats arabes unis|emiratos arabes unidos|emirados arabes unidos|uae
AR|argentina|argentinien|argentine|argentinie|argentyna
AT|austria|osterreich|autriche|oostenrijk
AU|australia|australien|australie
BE|belgium|belgien|belgique|belgica|belgio|belgie|belgia
BG|bulgaria|bulgarien|bulgarie|bulgarije
BR|brazil|brasilien|bresil|brasil|brasile|brazilie|brazylia
CA|canada|kanada
CH|switzerland|schweiz|suisse|suiza|suica|svizzera|zwitserland|szwajcaria
CL|chile|chili|cile
CN|china|chine|cina|chiny
CO|colombia|kolumbien|colombie|kolumbia
CZ|czechia|tschechien|tchequie|chequia|tchequia|cechia|tsjechie|czechy|czech republic|tschechische republik
DE|germany|deutschland|allemagne|alemania|alemanha|germania|duitsland|niemcy
DK|denmark|danemark|dinamarca|danimarca|denemarken|dania
EE|estonia|estland|estonie
EG|egypt|agypten|egypte|egipto|egito|egitto|egipt
ES|spain|spanien|espagne|espana|espanha|spagna|spanje|hiszpania
FI|finland|finnland|finlande|finlandia
FR|france|frankreich|francia|franca|frankrijk|francja
GB|united kingdom|vereinigtes konigreich|royaume uni|reino unido|regno unito|verenigd koninkrijk|wielka brytania|uk|great britain|england|grossbritannien
GR|greece|griechenland|grece|grecia|griekenland|grecja
HK|hong kong|hongkong
HR|croatia|kroatien|croatie|croacia|croazia|kroatie|chorwacja
HU|hungary|ungarn|hongrie|hungria|ungheria|hongarije|wegry
ID|indonesia|indonesien|indonesie|indonezja
IE|ireland|irland|irlande|irlanda|ierland|irlandia
IL|israel|israele|izrael
IN|india|indien|inde|indie
IT|italy|italien|italie|italia|wlochy
JP|japan|japon|japao|giappone|japonia
KE|kenya|kenia|quenia
KR|south korea|sudkorea|coree du sud|corea del sur|coreia do sul|corea del sud|zuid korea|korea poludniowa|korea
LT|lithuania|litauen|lituanie|lituania|litouwen|litwa
LU|luxembourg|luxemburg|luxemburgo|lussemburgo|luksemburg
LV|latvia|lettland|lettonie|letonia|lettonia|letland|lotwa
MA|morocco|marokko|maroc|marruecos|marrocos|marocco|maroko
MX|mexico|mexiko|mexique|messico|meksyk
MY|malaysia|malaisie|malasia|maleisie|malezja
NG|nigeria
NL|netherlands|niederlande|pays bas|paises bajos|paises baixos|paesi bassi|nederland|holandia|holland|the netherlands
NO|norway|norwegen|norvege|noruega|norvegia|noorwegen|norwegia
NZ|new zealand|neuseeland|nouvelle zelande|nueva zelanda|nova zelandia|nuova zelanda|nieuw zeeland|nowa zelandia
PE|peru|perou
PH|philippines|philippinen|filipinas|filippine|filipijnen|filipiny
PK|pakistan|paquistao
PL|poland|polen|pologne|polonia|polska
PT|portugal|portogallo|portugalia
RO|romania|rumanien|roumanie|rumania|romenia|roemenie|rumunia
RS|serbia|serbien|serbie|servia|servie
RU|russia|russland|russie|rusia|rusland|rosja|russian federation
SA|saudi arabia|saudi arabien|arabie saoudite|arabia saudi|arabia saudita|saoedi arabie|arabia saudyjska
SE|sweden|schweden|suede|suecia|svezia|zweden|szwecja
SG|singapore|singapur|singapour|singapura
SI|slovenia|slowenien|slovenie|eslovenia|slowenia
SK|slovakia|slowakei|slovaquie|eslovaquia|slovacchia|slowakije|slowacja
TH|thailand|thailande|tailandia|thailandia|tajlandia
TR|turkiye|turkei|turquie|turquia|turchia|turkije|turcja|turkey
TW|taiwan|tajwan
UA|ukraine|ucrania|ucraina|oekraine|ukraina
US|united states|vereinigte staaten|etats unis|estados unidos|stati uniti|verenigde staten|stany zjednoczone|usa|u s a|u s|united states of america|etats unis d amerique
UY|uruguay|uruguai|urugwaj
VE|venezuela|wenezuela
VN|vietnam|viet nam|vietna|wietnam
ZA|south africa|sudafrika|afrique du sud|sudafrica|africa do sul|zuid afrika|republika poludniowej afryki
"""
"""ISO 3166 codes of the countries that sheets name most, each with its names in English, German, French, Spanish, Portuguese, Italian, Dutch and
Polish as the Unicode CLDR has them, and some that people use."""
_CODES = {
    name: line.split("|")[0] for line in _NAMES.split("\n") if line for name in line.casefold().split("|")
}
_SHARE = re.compile(r"([^\d%,;|:(){}\"\n]*[^\d%,;|:(){}\"\n\s])[\s\":(=–-]*(\d+(?:[.,]\d+)?)\s*(%?)")


def country_code(name: str) -> str | None:
    """Return the code of a country; None where the name is none that is known.

    >>> country_code("Deutschland"), country_code("uk"), country_code("de"), country_code("Atlantis")
    ('DE', 'GB', 'DE', None)
    """
    return _CODES.get(bare(name))


def countries_in(text: str) -> str:
    """Return the codes of the countries that a cell names.

    Raises
    ------
    Unclear
        When it names one that is not known.

    >>> countries_in("Germany, Österreich / CH")
    'DE, AT, CH'
    """
    names = [part.strip() for part in re.split(r"[,;/|&+\n]", text) if part.strip()]
    codes = dict.fromkeys(map(country_code, names))
    if None in codes:
        raise Unclear("it names a country that is not known: write codes such as DE, AT")
    return ", ".join(code for code in codes if code)


def shares_in(text: str) -> str:
    """Return the shares of an audience by country that a cell lists, as the table has them.

    What is named beside countries, such as others, is left out.

    Raises
    ------
    Unclear
        When it names no country with its share, or more than all.

    >>> shares_in("Germany 45,5 %, Austria: 12%; others 42%"), shares_in('{"DE": 0.4, "AT": 0.05}')
    ('{"DE": 0.455, "AT": 0.12}', '{"DE": 0.4, "AT": 0.05}')
    """
    codes = [
        (country_code(name), float(number.replace(",", ".")), sign)
        for name, number, sign in _SHARE.findall(text)
    ]
    percent = any(sign or number > 1 for _, number, sign in codes)
    shares: dict[str, float] = {}
    for code, number, _ in codes:
        if code:
            shares[code] = shares.get(code, 0.0) + round(number / 100 if percent else number, 6)
    if not shares:
        raise Unclear("no country with its share, such as Germany 45%, Austria 12%")
    if sum(shares.values()) > 1.005:
        raise Unclear("shares of countries that are more than all together")
    return json.dumps({code: round(share, 6) for code, share in shares.items()})
