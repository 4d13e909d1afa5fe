"""What people call the columns of our tables, in several languages."""

from __future__ import annotations

_CALLED = {
    "influencer_id": (
        "influencer|creator|creator id|account|account id|user id|user|username|handle|partner|influenceur|influenceuse|createur|"
        "creator name|influencer name|influencer handle|instagram|instagram handle|instagram username|tiktok username|youtube channel|"
        "profile url|channel url|usuario|konto|compte|cuenta|conta|utilisateur|nutzername|benutzername|name|handle name|profile|profil|"
        "profile link|kanal|partner id|creador|creadora|influenciador|influenciadora|criador|criadora|criador de conteudo|creatore|tworca|"
        "tworczyni|influencerka|volledige naam|perfil|profilo|creator handle|account name|talent|ambassador|ambassadeur|botschafter|"
        "kooperationspartner|ig handle|ig username|tiktok handle"
    ),
    "author_id": "author|user id|user|username|account|from|creator|handle",
    "referrer_id": "referrer|from|source|by|author",
    "post_id": "id|post|message id|media id|tweet id|video id|permalink",
    "reply_to_id": "reply to|in reply to|parent|parent id|in reply to id",
    "shares_id": "shares|reshared|shared post|repost of|retweet of",
    "created_at": (
        "created|date|time|timestamp|published|published at|posted|posted at|created time|joined|datum"
    ),
    "observed_at": "observed|date|as of|snapshot|day|timestamp|datum",
    "awarded_at": "awarded|date|since|year",
    "known_at": "known",
    "text": "content|caption|message|body|post text|title|description|tweet",
    "language": "lang|locale|sprache",
    "links": "link|urls|url",
    "followers": (
        "follower|follower count|followers count|subscribers|fans|audience|reach|abonnenten|abonnes|seguidores|followerzahl|"
        "anzahl follower|volgers|obserwujacy|liczba obserwujacych|obserwatorzy|nombre d abonnes|total followers|followers total|inscritos|"
        "iscritti|suscriptores|subs|n seguidores|numero de seguidores|numero di follower|aantal volgers"
    ),
    "following": "follows|following count|followed",
    "posts_count": (
        "media count|total posts|number of posts|post count|anzahl beitrage|publicaciones|publications"
    ),
    "engagement_rate": (
        "engagement|er|eng rate|avg engagement rate|average engagement rate|engagementrate|engagement rate avg|interaktionsrate|"
        "taux d engagement|tasa de interaccion|tasa de engagement|taxa de engajamento|tasso di engagement|wskaznik zaangazowania|"
        "tasa de interaccion media|engagement percentage|tasso di interazione|er percent|engagement ratio"
    ),
    "average_views": (
        "avg views|avg reels plays|average reels plays|avg reel views|avg video views|average video views|median views|views per post|"
        "durchschnittliche views|durchschnittl views|vues moyennes|promedio de vistas|media de visualizacoes|visualizaciones promedio"
    ),
    "average_likes": (
        "avg likes|likes per post|median likes|durchschnittliche likes|likes moyens|promedio de likes|media de curtidas"
    ),
    "average_comments": (
        "avg comments|comments per post|median comments|durchschnittliche kommentare|commentaires moyens|promedio de comentarios|"
        "media de comentarios"
    ),
    "real_share": (
        "audience credibility|credibility|credibility score|real followers|real people|real audience|quality audience|echte follower|"
        "abonnes reels|seguidores reales|seguidores reais"
    ),
    "country_share": (
        "audience countries|audience country|top audience countries|top countries|audience location|audience locations|audience by country|"
        "followers by country|audience geo|audience geography|lander der zielgruppe|zielgruppe nach landern|follower nach landern|"
        "pays de l audience|audience par pays|paises de la audiencia|audiencia por pais|paises da audiencia|paesi del pubblico"
    ),
    "country": (
        "campaign country|campaign countries|target country|target countries|target market|kampagnenland|zielland|zielmarkt|pays cible|"
        "pais objetivo|pais alvo|paese target"
    ),
    "platform": "network|channel|site",
    "handle": "username|name|screen name|profile",
    "kind": "type|what",
    "subject": "topic|about|field",
    "verified": "checked|is verified",
    "campaign_id": (
        "campaign|campaign name|project|kampagne|campagne|campana|campagna|campanha|kampagnenname|aktion|activation|akcja|kampania|"
        "campagnenaam|nombre de campana|nome campagna|nome da campanha|nom de campagne"
    ),
    "brand": (
        "client|advertiser|company|marke|marque|marca|merk|kunde|marka|klient|cliente|client name|brand name"
    ),
    "category": "vertical|industry|kategorie",
    "brief": ("briefing|campaign brief|description|objective|topic|descripcion|descrizione|descricao|opis"),
    "goal": "campaign goal|conversion goal|conversion type|kampagnenziel",
    "starts_at": (
        "start|start date|campaign start|from|launch|launch date|begin|beginn|startdatum|debut|date de debut|inicio|fecha de inicio|inizio|"
        "data inizio|startdato|von|live date|go live|data de inicio|data rozpoczecia|data inicial|poczatek|begindatum|startdag"
    ),
    "ends_at": (
        "end|end date|campaign end|to|until|ende|enddatum|fin|date de fin|fecha de fin|fine|data fine|bis|slutdato|data final|"
        "data zakonczenia|koniec|einddatum|data de termino|data fim"
    ),
    "decided_at": "decided|booked|booked at|booking date|contract date|signed",
    "exposure": (
        "posts|deliverables|number of posts|posts agreed|content pieces|anzahl posts|beitrage|publications|publicaciones|no of posts|"
        "contenidos|contenuti|conteudos|entregas|entregables|livrables|contenus|liczba postow|content agreed|inhalte"
    ),
    "delivered_exposure": "posts delivered|posts made|delivered",
    "fee": (
        "cost|price|spend|budget|payment|paid|honorar|kosten|cout|prix|costo|coste|precio|prezzo|costi|vergutung|gage|tarif|fees|"
        "influencer fee|total fee|cachet|custo|valor pago|valor do cache|investimento|investissement|remuneration|honoraires|honorarios|"
        "inversion|presupuesto|tarifa|compenso|pagamento|koszt|wynagrodzenie|stawka|cena|vergoeding|prijs|honorarium|creator fee|"
        "amount paid|compensation|kosten influencer|pagado|pago al creador"
    ),
    "discount": "discount share|rabatt|discount percent|discount|remise|descuento|sconto|nachlass",
    "conversions": (
        "orders|sales|purchases|signups|sign ups|conversion|redemptions|code uses|bestellungen|ventes|commandes|ventas|pedidos|vendite|"
        "ordini|verkaufe|conversiones|conversioni|anzahl bestellungen|number of orders|no of orders|total orders|zamowienia|sprzedaz|"
        "liczba zamowien|konwersje|vendas|conversoes|compras|compra|achats|acquisti|aankopen|bestellingen|verkopen|nombre de commandes|"
        "nombre de ventes|numero de ventas|numero ordini|sold|units sold|items sold|conversions total|attributed orders|kaufe|abschlusse"
    ),
    "revenue": (
        "sales value|gmv|turnover|umsatz|order value|sales amount|sales revenue|ca|chiffre d affaires|ingresos|ricavi|fatturato|"
        "facturacion|erlos|total revenue|revenue generated|receita|faturamento|przychod|przychody|obrot|omzet|revenu|revenus|ventas brutas|"
        "importe de ventas|valor de vendas|attributed revenue|attributed sales|sales volume"
    ),
    "order_id": "order|order number|order no|bestellnummer",
    "order_ref": "reference|order reference",
    "currency": "waehrung|währung",
    "amount": "total|order total|gross|net|betrag",
    "codes": "discount code|coupon|coupon code|promo code|voucher|gutschein",
    "value": "code|discount code|promo code|coupon|link|url|utm",
    "posted_at": "posted|post date|published",
    "refunds": "returns|refunded|returned|retouren|retours|devoluciones|resi|ruckgaben",
}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


SYNONYMS: dict[str, tuple[str, ...]] = {field: _names(text) for field, text in _CALLED.items()}
"""What people call the columns of our tables, the likeliest first; a name of our own always fits."""
FAKE = _names(
    "bots|fake audience|fake follower|fake followers|suspicious accounts|suspicious followers|verdachtige follower"
)
"""What people call the share of followers that are no real people."""
PLATFORM = _names(
    "platform|plattform|network|social network|netzwerk|channel|kanal|plateforme|plataforma|piattaforma|platforma|reseau|"
    "reseau social|red|red social|rede|rede social|canal|canale"
)
"""What people call a column of platforms."""
LINK = _names(
    "link|url|profile url|profile link|account url|account link|channel url|profil|profillink|lien|enlace|perfil|profilo|"
    "link profilu"
)
"""What people call a column of profile addresses."""
CURRENCY = _names("currency|wahrung|waehrung|devise|moneda|valuta|moeda|ccy")
"""What people call a column of currencies."""
FOLLOWERS = _names(
    "abonnenten|abonnes|follower|followers|obserwujacy|seguidores|subscribers|volgers|suscriptores|inscritos|iscritti"
)
"""Words of which one says that a number beside past campaigns is of followers."""
OF_AN_ACCOUNT = _names(
    "|handle|handle name|username|user|name|account|account name|profile|profile url|profile link|channel|channel name|channel url|"
    "page|url|link|id|profil|konto|compte|cuenta|usuario|perfil|nutzername"
)
"""What stands beside a platform in the name of a column of accounts; nothing where the platform stands alone."""
