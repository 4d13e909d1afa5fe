"""Words in names of columns: which say what a column holds, and which make something else of it, in several languages.

Each is a regular expression for whole words, as :func:`~.columns.bare` writes them. Behind them stands ``¤`` where the cells are money and
``%`` where they are shares. What is here comes from sheets as people keep them: ``tests/samples/headers`` holds those that it was written by, and one that it was not.
"""

from __future__ import annotations

from typing import NamedTuple

_SOLD = (
    r"orders?|ordr?es|purchas\w*|convs?|convers(?!at)\w*|convert\w*|konver\w*|redem\w*|redeem\w*|einlos\w*|sign ?ups?|installs?|"
    r"installation\w*|instal\w*|downloads?|descarg\w*|telecharg\w*|bookings?|booked|\w*buchung(?:en)?|reserv\w*|rezerw\w*|rezerv\w*|"
    r"registr\w*|rejestr\w*|anmeld\w*|abschlusse?|leads?|trials?|subscriptions?|dons?|donations?|donativos?|donazioni|doacoes|\w*spenden|"
    r"best|\w*bestell\w*|kaufe?|commandes?|cdes?|cmdes?|achats?|pedidos?|compras?|ordin[ei]|acquisti|zamow\w*|aankopen|kop|ordrar|ordrer|"
    r"bestall\w*|bestilling\w*|kob|siparis\w*|inscri[pc]\w*|iscriz\w*|uses|usages?|utilis\w*|usos|utilizzi|units|pax|customers|kunder|"
    r"neukunden|clients|buyers|sold|checkouts|transactions|demos?|accts|checkouts?|memberships?|pledges|nutzungen|vertragsabschlusse|"
    r"signatur\w*|enquir\w*|inquir\w*|enrol\w*|drivers|riders|players|users|konten|antrage|kyc|ftds?|actions|gifts received|(?:new|paid|"
    r"paying) (?:subs|subscribers|users|accounts|members)|accounts? opened|contas abertas|cuentas abiertas|comptes ouverts|inscrits?|"
    r"indirme\w*|medlemm\w*|boxes|txns?|parrain\w*|referrals?|(?:cupo\w*|coupons?|codes?|vouchers?) (?:usad\w*|used|utilis\w*|eingelost)|"
    r"wishlists?|eingelost|miembros|membri|first trips|aderesi|givare|donatori?|signups"
)
SALES = r"sales|ventes?|ventas?|vendas?|vendite|vendita|verkaufe|verkopen|verkoop|sprzedaz|forsaljning|salg|satis|vendut\w*"
_POSTS = (
    r"vids?|pcs|stor(?:ys?|ie)|paylasim\w*|ad reads?|reads|spots|\w*posts?|deliverables?|contents?|pieces|assets|beitr\w*|publi\w*|"
    r"piezas|contenu\w*|conteni\w*|contenut\w*|conteud\w*|entregas?|entregab\w*|entregav\w*|livrables?|inlagg|opslag|innlegg|postow|"
    r"videos?|reels|stories|slots|integrations?|placements?|veroff\w*|gonderi\w*|leistungen|berichten"
)
AGREED = (
    r"agreed|contract\w*|contrat\w*|booked|vereinb\w*|gebucht\w*|pactad\w*|avtal\w*|aftalt\w*|prevus?|pattuit\w*|umow\w*|committed|"
    r"promised|afgesproken|acordad\w*|concordat\w*|convenus?|owed|promis\w*|promess\w*|pactat\w*|anlasilan|aftalt|signed"
)
_DONE = (
    r"live|deliver(?:ed|y)|publish\w*|publicad\w*|publies?|realis\w*|realiz\w*|online|actual\w*|up|made|done|posted|gelief\w*|"
    r"geleverd\w*|levere?\w*|leverad\w*|entregu\w*|entregad\w*|livre\w*|veroff\w*|pubblicat\w*|erschienen|complet\w*|zreal\w*|gepost\w*|"
    r"geplaatst|consegnat\w*|ausgespielt|gelaufen|erbracht\w*|levert\w*|aired|run|ran|realised|real|recd|received|uscit\w*|yapilan|"
    r"erfullt\w*"
)
_AVERAGE = (
    r"avg|ave|prom|averages?|mean|median|schnitt|durchschn\w*|o|moy\w*|medi[aeo]?s?|med|promedio|gem|gemiddeld\w*|sr|sredni\w*|per|pro|"
    r"par|por|je|na (?:post|film|wideo|publikacj\w*)|typical|usual|genomsnitt\w*|gns|ort|ortalama"
)
_REAL = r"real|echte?[nrs]?|genuine|authenti\w*|autenti\w*|autenty\w*|real[ei]s?|reais|reels|vrai\w*|veri|verdader\w*|verdadeir\w*|prawdziw\w*|gercek|agte"
_AUDIENCE = (
    r"foll\w*|flwrs?|aud\w*|subs?|abonn\w*|seg|seguid\w*|obs\w*|\w*volgers|fans|people|pubblico|publico|publikum|\w*zielgruppe\w*|"
    r"viewers?|odbiorc\w*|takip\w*"
)

# -- what makes something else of a column

_RATIO = (
    r"(?:ratio|\w*quote|\w*quota|tasso|taux|tx|tasa|taxa|wskaznik|cvr|ctr|cp[acilmosv]|cpfa|cac|tkp|tcm|roas?|roi|aov|avg|average|"
    r"moyen\w*|medio|ticket|panier|warenkorb\w*|scontrino|per|pro|je|por|pr|x|growth|wachstum|margin\w*|marge|uplift|share|anteil|index|"
    r"score)"
)
_OF_OTHERS = _RATIO.replace("(?:ratio|", r"(?:\w*rate|ratio|", 1)
_MEANT = (
    r"(?:target\w*|goals?|zie[el]\w*|objecti\w*|objetivo|obiettivo|meta|cel|mal|plan|planned|geplant\w*|prevision\w*|previst\w*|prevu\w*|"
    r"est|estim\w*|esper\w*|expect\w*|erwart\w*|forecast\w*|fcst|projected|predicted|potential|min|max|minimum|maximum|guarantee\w*|left|"
    r"remaining|rest\w*|last year|ly)"
)
_SEEN = (
    r"(?:clicks?|klicks?|clics?|clicuri|views?|impress\w*|reach|reichweite|likes?|saves?|comments?|carts?|swipe|visits?|sessions?|opens?|"
    r"followers?|follower|flwrs)"
)
_MONEY_BACK = r"(?:refund\w*|return\w*|storn\w*|erstatt\w*|rembours\w*|reembols\w*|rimbors\w*)"
_BACK = (
    rf"{_MONEY_BACK}|retour\w*|retoure\w*|rto|cancel\w*|cxls?|abgesagt|devol\w*|anul\w*|annul\w*|resi|resos|returer|zwrot\w*|churned|"
    r"no shows?|iade\w*|chargebacks?|ruckgab\w*|revers\w*|rejec\w*|withdr\w*|sent back|zuruckgeg\w*|returner\w*|declin\w*|widerruf\w*|"
    r"abgelehnt\w*|afgekeurd|angret|retract\w*|encerrad\w*|invalid|duplicates|uninstalls?\w*|fraud\w*|accts closed|accounts closed"
)
_NO_FEE = (
    rf"(?:{_MEANT}|{_RATIO}|{_SEEN}|product\w*|gift\w*|goods|shipping|versand\w*|agency|agentur\w*|agenc\w*|agenz\w*|mo|mth|hr|hour|"
    r"annexes|markup|media|ads?|boost\w*|whitelist\w*|production|produktion|travel|reise\w*|hotel|flights?|ware\w*|muster\w*|sample\w*|"
    r"tax\w*|vat|gst|mwst|ust|tva|iva|btw|moms|tds|commission\w*|provision\w*|discount|saved|terms|days|tage|deposit|advance|anzahlung|"
    r"vorschuss|acompte|anticipo|subs|subscribers|customers|members|users|konten|unterkunft|waarde|value|wert|valor do|meal|kit|seeding|"
    rf"{_MONEY_BACK}|donat\w*|spend(?:en|e)|codes?)"
)
_NO_NAME = (
    r"(?:types?|tiers?|city|town|suburb|stadt|wohnort|woonplaats|ville|ciudad|citta|cidade|niche|categor\w*|kategorie|status|notes?|"
    r"notiz\w*|notas?|remarks?|comments?|manager|management|agent\w*|agency|agence|owner|e?mail|correo|contact\w*|kontakt\w*|phone|tel|"
    r"telefon\w*|mobile|adress\w*|address|gender|age|alter|lang\w*|sprache|bio|ratings?|score|style|codes?|coupon|cupon|cupom|brand|"
    r"marke|id|real|vero|legal|title|poc|intro|link|url|payment|invoice|fee|rate|post|managed)"
)
_NO_CAMPAIGN = (
    r"(?:codes?|coupon|types?|status|owner|manager|link|url|brands?|brief\w*|objective|goals?|kpi|notes?|budget|country|market|"
    r"hashtag\w*|tags?|description|influ\w*|creators?|talent|kanal|channel|platform|contact\w*|lead|category)"
)
_NO_DATE = (
    r"(?:paid|pd|invoic\w*|pay\w*|bezahlt|rechnung\w*|facture|fattura|fatura|visit\w*|flew|aufenthalt|arriv\w*|valid\w*|expir\w*|due|"
    r"deadline|brief\w*|sent|shipped|versand\w*|birth\w*|geburt\w*|contact\w*|contatt\w*|kontakt\w*|creat(?:ed|ion)|drafts?|entwurf|"
    r"approv\w*|remind\w*|relance|pago|pagamento|paiement|\w*zahlung\w*|check (?:in|out)|renew\w*|joined|feedback|exclusiv\w*|usage|"
    r"locking|shoot\w*|call|added|casting\w*|applic\w*|dreh\w*|bewerb\w*|settle\w*|plann?\w*|geplant\w*|target|tentative|previst[oa])"
)
_ANY_RATIO = rf"(?:{_OF_OTHERS}|{_MEANT}|{_SEEN})"

LINK = (
    r"link\w*|urls?|\w*link|profi[el]\w*|perfil|pagina|page|paginas?|lien|enlace|account|konto|compte|cuenta|conta|ig|insta\w*|tiktok|"
    r"youtube|yt|linkedin|twitch|facebook|kanal|channel|canal|handle|web\w*"
)

TEXT = frozenset({"text", "countries", "formats"})
COUNT = frozenset({"count"})
NUMBER = frozenset({"count", "number"})
MONEY = frozenset({"count", "number", "money"})
PART = frozenset({"count", "number", "share"})
DATE = frozenset({"date", "period"})


class Stems(NamedTuple):
    """What says that a column holds a field: what its cells look like, no word that makes something else of it, and a word that says it."""

    looks: frozenset[str]
    others: str
    words: tuple[str, ...]
    """The surest first."""


def _stems(looks: frozenset[str], others: str, *words: str) -> Stems:
    return Stems(looks, others, words)


STEMS: dict[str, Stems] = {
    # What the cells look like, words that make something else of it, words that say it: the surest first.
    "influencer_id": _stems(
        TEXT | {"handle", "profile"},
        _NO_NAME,
        r"\w*handles?|ig|insta|instagram|tiktok|nick\w*|user ?names?|pseudo\w*|accts?|accounts?|konto\w*|compte|cuenta|conta|profil\w*|"
        r"perfil|usuari[oa]",
        r"infl|influ\w*|creators?|creat\w*|kols?|talents?|ambass?ad\w*|embaj\w*|embaix\w*|botsch\w*|blogg?\w*|vlogg?\w*|youtub\w*|"
        r"streamers?|tiktok\w*|podcast\w*|tworc\w*|skapare|kreator\w*|cread\w*|criador\w*|partners?|guest|gast|fenomen|icerik ureticisi|"
        r"advocates?|collaborators?|affiliates?|athl\w*|voices?|publishers?|pub|attendee|yayinc\w*|chef|expert\w*",
        r"who|wer|wie|qui|payee|show|host|family|chan|chaine|\w*kanal|kanalname|canale|\w+navn|quien|quem|chi|kto|vem|hvem|kim|people|"
        r"person|full name|names?|nom|nombre|nome|naam|namn|navn|kanal|channel|canal|pagina|page|isim",
    ),
    "campaign_id": _stems(
        TEXT | COUNT | {"period"},
        _NO_CAMPAIGN,
        r"camp|campaign\w*|campan\w*|campagn\w*|campanh\w*|kamp|kampa\w*|\w*kampagne\w*|\w*kampanj\w*|cpgn|cmpgn",
        r"waves?|drops?|flights?|push|appeals?|program\w*|promo|promotions?|capsule|initiativ\w*|iniziativ\w*|iniciativ\w*|activit\w*|"
        r"activation\w*|activacion|ativacao|collection|kollektion|colecci\w*|colecao|collezione|launch\w*|project\w*|projekt\w*|proyecto|"
        r"projeto|progetto|projet|\w*aktion|actions?|actie|acao|accion|azione|akcja|ope|operations?|collecte|olas?|\w*welle|vagues?|"
        r"bursts?|sprints?|seasons?|saison|challenge|collabs?|collaboration|series|moment|mission|drives?|phase|lanc\w*|lanz\w*|lancio|"
        r"trip|event|etappe|thema|job|cohort|batch|beat|dispositif|lancierung|play|line|session|olead\w*|edit|edition|^what$|round|runde|"
        r"sale|ref|reference|proje",
    ),
    "brand": _stems(
        TEXT, _NO_NAME, r"clients?|brands?|marken?|marque|marca|merk|kunde|advertisers?|markasi?"
    ),
    "category": _stems(
        TEXT,
        r"(?:product|price|fee|influencer|creator)",
        r"niche|sectors?|verticals?|industry|branche|secteur|segment\w*|\w*categor\w*|\w*kategori\w*|settore|sector|branza|bransch|theme|"
        r"thema|genres?|subject|thematique|tematica|topics?|cause|produktwelt",
    ),
    "country": _stems(
        frozenset({"countries"}),
        r"(?:influencer|creator|audience|home)",
        r"countr(?:y|ies)|mkts?|markets?|geos?|regions?|territor\w*|\w*lande?|lander|pays|pais(?:es)?|paes[ei]|mercados?|marche|mercato|"
        r"\w*markt|\w*marknad|kraj|ulke",
    ),
    "starts_at": _stems(
        DATE,
        _NO_DATE,
        r"\w*start(?:s|ed|datum|dato)?|begin\w*|opens?|opened|camp\w* on|launch\w*|from|debut|vanaf|inicio|inizio|von|ab|desde|kick ?off|"
        r"apertura|poczatek|baslangic\w*|fran",
    ),
    "ends_at": _stems(
        DATE,
        _NO_DATE,
        r"end(?:s|ed|e|datum)?|\w+ende|closes|closing|close|camp\w* off|until|till|to|bis|tot|cierre|fine|fin|fim|termino|slut\w*|"
        r"eind\w*|koniec|finish\w*|wraps?|bitis\w*",
    ),
    "decided_at": _stems(
        DATE,
        _NO_DATE,
        r"sign\w*|confirm\w*|booked|booking|contract\w*|contrat\w*|closed on|zusage|gebucht|accord|bokad|bestatigt|vereinbart|agreed|"
        r"deal|unterschr\w*|firmad?o|bestilt|hired|onboard\w*|zugesagt|beauftragt|geboekt|bevestigd|acordado|fechad[oa]|confermato|"
        r"anlasma|accept\w*|aftale|aftalt|vertrag\w*|accordo|cerrado|sig|locked|avtalt",
    ),
    "posted_at": _stems(
        DATE,
        _NO_DATE,
        r"live|went up|posts?|posted|posting\w*|poste|aire|publi\w*|veroff\w*|online|geplaatst|uscit[ao]|upload\w*|aired|airing|air|"
        r"released?|pubblic\w*|mis(?:e)? en ligne|opublik\w*|udgivet|yayin\w*|dropped|up|postagem|go live|erschienen|lagt upp|gepost\w*|"
        r"salida|usc|diffus\w*|ar|out|publisert|posta",
        r"drop|content|story|reel|video|dates?|datum|fecha|data|tarih|dato|when|wann|quand|weeks?|wk|kw|cw|kalenderwoche|monat|months?",
    ),
    "observed_at": _stems(
        DATE,
        rf"(?:{_NO_DATE}|deliver\w*|start\w*|end\w*|reply|added)",
        r"as of|as at|abgefragt|rilevat\w*|consultado|corte|stand|report\w*|fetch\w*|updat\w*|atualiz\w*|aktualis\w*|pulled|releve|datos|"
        r"dados|peildatum|stan|snapshot|captured|scraped|read|aggiorn\w*|refresh\w*|numbers|stats|metrics|figures|checked|exported|"
        r"gepruft|guncel\w*|opdateret|uppdaterad|maj|mis a jour|agg|dated|dates?|datum|data|fecha|tarih|dato",
    ),
    "refunds": _stems(
        COUNT,
        rf"(?:{_ANY_RATIO}|amount|value|wert|betrag|montant|importe|valor|umsatz|policy|net|after|less)",
        rf"^(?=.*\b(?:{_SOLD})\b)(?=.*\b(?:{_BACK})\b).*",
        _BACK,
    ),
    "clicks": _stems(
        COUNT,
        rf"(?:{_OF_OTHERS}|{_MEANT}|{_SOLD}|{_BACK}|cost\w*|kosten|couts?|cost[eo]|custo|profile?|bio|fees?|value|wert|id|unpaid|ads?)",
        r"\w*clicks?|click ?throughs?|\w*kli(?:c?ks?|kk?en|kkauks\w*|knie\w*|knut\w*)|clics?|cliques?|clicuri|tiklama\w*|swipe ?ups?|link taps?",
    ),
    "conversions": _stems(
        COUNT,
        rf"(?:{_ANY_RATIO}|{_BACK}|cost|kosten|cout|costo?|custo|value|wert|umsatz|id|nr|(?:order|booking|purchase|transaction) (?:no|number|ref\w*)|fees?|"
        r"sent|shipped|gifted|reached|budget|time|days|hrs|hours|spots|slots|nights|number of posts|posts?|valid|discount|rabatt|limit|"
        r"pending|before|existing|lost)",
        rf"(?:gross|brutto|funded|eroffnete?|kyc|paid|paying) (?:{_SOLD}|subs)|kyc|ftds?|(?:{_SOLD}) (?:gross|brutto|payants)",
        rf"^(?!.*\bnet\b).*\b(?:{_SOLD})",
        rf"{_SOLD}",
        rf"{SALES}",
    ),
    "revenue": _stems(
        MONEY,
        rf"(?:{_MEANT}|{_OF_OTHERS}|{_MONEY_BACK}|fees?|honorar\w*|paid|pipeline|profit|cost\w*|kosten|couts?|custo\w*|koszt\w*|pris|"
        r"price|comp|product\w*|gift\w*|room comp|ads?|budget\w*|contract\w*|travel|media|cart|spend|emv|discount|rabatt|tax|vat|"
        r"commission)",
        r"\w*revs?|\w*revenue\w*|gmv|turnover|\w*umsatz\w*|\w*summe|fatura\w*|factura\w*|fattura\w*|chiffre|ingresos|receita|ricav\w*|"
        r"\w*omzet|obrot|przych\w*|raised|collecte|recaud\w*|arrecad\w*|intak\w*|omsatt\w*|omsaet\w*|ciro\w*|hasilat|takings|won|"
        r"\w*erlos\w*|booking value|order value|sales value|ventes? ht|generated value|incass\w*|recettes?|billings?|billed|income|"
        r"receipts|sale amount|basket|warenkorb gesamt|^ca",
        rf"(?:{_SOLD}) (?:value|wert|amount|valor|valeur|importe)|(?:value|amount|valor|valeur|importe|wert) (?:{_SOLD})",
        rf"(?:{SALES}|web|online|(?:annual|total|generated|attributed) value(?=.*¤)|sale amt)",
        rf"(?:{_SOLD})",
    ),
    "fee": _stems(
        MONEY,
        rf"(?:{_NO_FEE}|{_SOLD.replace('|booked', '').replace('|best|', '|')})",
        r"paid|payout|payments?|pag(?:ad)?[oa]|pagamento|abonado|versee?|erogato|bezahlt|ausgez\w*|ausbezahlt|utbetal\w*|betaald|odenen|"
        r"zaplac\w*|reglee?|defraiement|settled|disbursed|udbetalt|uberwiesen|pagata|pd|auszahl\w*|reimburs\w*|amt settled|gezahlt|"
        r"invoiced(?=.*¤)|outlay|outgo",
        r"fees?|\w*honor\w*|remu|fixum|gage|cachet|caches?|compens\w*|remun\w*|vergut\w*|vergoeding|verguet\w*|wynagr\w*|arvode|"
        r"ersattn\w*|aufwandsentsch\w*|indemni\w*|commercials?|stipend|retainer|tarif\w*|stawka|ucret\w*|vederlag|sponsorship|talent rate|flat",
        r"costs?|spend|spent|kosten|couts?|coste|costo|custo|koszt|kostnad\w*|omkostning\w*|price|preis|prix|precio|preco|prezzo|prijs|"
        r"pris|maliyet|invest\w*|spes[oa]|invoice(?=.*¤)",
        r"quoted?|budget\w*|presupuesto|orcamento|butce|(?:rate|integration|reel|video|deal)(?=.*¤)",
    ),
    "discount": _stems(
        PART,
        rf"(?:orders?|used|uses|total|{_BACK}|amount|value)",
        r"\w*disc\w*|off|rabatt|remise|desc|desconto|descuento|dto|sconto|korting|reduct\w*|reduction|indirim|rabat|nachlass|(?:code|"
        r"coupon|deal|vorteil|benefit)(?=.*%)",
    ),
    "delivered_exposure": _stems(
        COUNT,
        rf"(?:{_OF_OTHERS}|{_MEANT}|{_SEEN}|links?|ids?|dates?)",
        rf"^(?=.*\b(?:{_POSTS})\b)(?=.*\b(?:{_DONE})\b).*",
        r"went up|deliver\w*|entregue\w*|geliefert|livrees?|delivered|leverad\w*",
    ),
    "exposure": _stems(
        COUNT | {"formats"},
        rf"(?:{_OF_OTHERS}|{_SEEN}|links?|ids?|dates?|left|remaining|last|{_DONE})",
        rf"^(?=.*\b(?:{_POSTS})\b)(?=.*\b(?:{AGREED})\b).*",
        rf"^(?!.*\b(?:{_MEANT})\b).*\b(?:{_POSTS})",
        rf"{_POSTS}|scope|package",
    ),
    "followers": _stems(
        NUMBER,
        rf"(?:{_OF_OTHERS}|{_REAL}|fake|\w*nep\w*|paid|paying|payants|suspect\w*|sospett\w*|verdacht\w*|net|last|prev\w*|ant|anterior|"
        r"before|old|abschl\w*|\w*erlos\w*|costs?|kosten|couts?|coste|costo|quality|mass|lost|gained|new|plus|target|newsletter|mail\w*|"
        r"falsos|faux|fals\w*)",
        r"foll|followers?|flwrs?|fllwrs?|subs?|subscribers?|abonn(?:es?|ees?|ent\w*)?|abos?|\w*abozahl|fans|aud size|communaut\w*|"
        r"community|segs?|suscr|seguid\w*|suscri\w*|inscritos?|iscritt\w*|obserw\w*|\w*volgers|takip\w*|foljare|folgere|fanbase|"
        r"community size|audience size|followership|\w*follower\w*",
    ),
    "following": _stems(
        NUMBER,
        r"(?:ratio|rate)",
        r"following|followings|fllwng|flwng|foll ing|a seguir|segue|flwing|fllwing|gefolgt|folgt|seguiti|seguindo|siguiendo|seguidos|"
        r"volgend|suivis|abonnements|foljer|folger|obserwuje|takip edilen",
    ),
    "posts_count": _stems(
        COUNT,
        rf"(?:{_AVERAGE}|{_OF_OTHERS}|{_SEEN}|wk|week\w*|month\w*|woche\w*|day|sponsored|brand\w*|agreed|rate|fee|creators?|share)",
        r"vids?|videos?|\w*posts?|psts|contenuti|beitrage?|uploads?|publicaci\w*|publica[ct]\w*|publications?|pubblicazioni|media count|"
        r"media|inlagg|opslag|gonderi\w*|postow|postagens",
    ),
    "engagement_rate": _stems(
        PART,
        r"(?:growth|count|total)",
        r"er|e r|ir|coinv\w*|eng|engag\w*|engaj\w*|interac\w*|interakt\w*|interaz\w*|betrokkenheid|zaang\w*|etkilesim\w*|engagementrate",
    ),
    "average_views": _stems(
        NUMBER,
        r"(?:ratio|rate|growth|cost|cpv|total)",
        rf"^(?=.*\b(?:{_AVERAGE})\b)(?=.*\b(?:views?|plays?|aufrufe|vues|visualiz\w*|visuali[sz]acoes|vistas|visual\w*|weergaven|wysw\w*|"
        r"visninger|visningar|reprod\w*|izlenme\w*)\b).*",
    ),
    "average_likes": _stems(
        NUMBER,
        r"(?:ratio|rate|growth)",
        rf"^(?=.*\b(?:{_AVERAGE})\b)(?=.*\b(?:likes?|lks|reactions?|curtidas|gostos|j aime|jaime|polub\w*|me gusta|gefallt|begeni\w*|"
        r"gillar|mi piace)\b).*",
    ),
    "average_comments": _stems(
        NUMBER,
        r"(?:ratio|rate|growth)",
        rf"^(?=.*\b(?:{_AVERAGE})\b)(?=.*\b(?:comm?ent\w*|cmts?|comm|comms|kom|komm\w*|coment\w*|commenti|reacties|yorum\w*|komentarz\w*)\b).*",
    ),
    "real_share": _stems(
        PART,
        r"(?:fake|name|quality score)",
        rf"^(?=.*\b(?:{_REAL}|quality|credib\w*|integrity)\b)(?=.*\b(?:{_AUDIENCE})\b).*",
        r"\w*credib\w*|authenticity|integrity(?: score)?",
    ),
    "fake_share": _stems(
        PART,
        r"(?:checked|name)",
        r"^(?=.*\b(?:fakes?|fals\w*|faux|bots?|suspicious|suspect\w*|sospett\w*|verdacht\w*|gekaufte?|bought|inactive|"
        rf"sahte)\b)(?=.*\b(?:{_AUDIENCE}|accounts?)\b).*",
        r"nepvolgers|fakes?|bots?|fake\w*",
    ),
    "country_share": _stems(frozenset({"shares"}), r"(?!)", r".*"),
}
