"""What people call the columns of our tables, in several languages, as :func:`~.columns.bare` writes the names or not.

Of past campaigns and of creators the names in Turkish, Czech, Finnish, Russian, Arabic, Japanese, Chinese and Korean come last.
"""

from __future__ import annotations

_CALLED = """
influencer_id: creator id|influencer handle|creator handle|ig handle|instagram handle|tiktok handle|instagram username|ig username|
    tiktok username|twitch username|youtube handle|yt handle|youtube username|twitter handle|x handle|twitter username|snapchat handle|
    facebook page|influencer|creator|account|account id|user id|user|username|handle|partner|influenceur|influenceuse|createur|creator name|
    influencer name|instagram|youtube channel|profile url|channel url|usuario|konto|compte|cuenta|conta|utilisateur|nutzername|benutzername|
    handle name|profile|profil|profile link|kanal|partner id|creador|creadora|influenciador|influenciadora|criador|criadora|
    criador de conteudo|creatore|tworca|tworczyni|influencerka|volledige naam|perfil|profilo|account name|talent|ambassador|ambassadeur|
    botschafter|kooperationspartner|streamer|youtuber|blogger|vlogger|podcaster|tiktoker|instagrammer|kol|affiliate|profilnamn|profilnavn|
    kreator|skapare|anvandarnamn|brugernavn|brukernavn|affilie|afiliado|affiliato|twitch|tiktok|insta|ig|nombre influencer|nom influenceur|
    nome influencer|ambassador name|ambassadorka|criador a|embajador|embajadora|embaixador|embaixadora|testimonial|brand ambassador|
    ambasador|ambasadorka|wspolpraca|unique id|nick|nickname|name|ad name|session manual ad content|manual ad content|utm content|ad content|campaign content|
    tracking id|influencer adi|kullanici adi|
    fenomen|icerik ureticisi|hesap|tvurce|uzivatelske jmeno|vaikuttaja|kayttajanimi|инфлюенсер|блогер|блоггер|аккаунт|никнейм|المؤثر|
    المؤثرة|اسم المؤثر|اسم المستخدم|الحساب|صانع المحتوى|インフルエンサー|インフルエンサー名|アカウント|アカウント名|クリエイター|ユーザー名|
    ユーザーid|达人|达人昵称|博主|网红|账号|인플루언서|크리에이터|계정|계정명
author_id: author|account username|konto benutzername|nombre usuario cuenta|nome usuario conta|nom utilisateur compte|nome utente account|user id|user|
    username|account|from|creator|handle|influencer id|influencer|creator id|account id|channel|
    account name|influencer handle|creator handle|influencer name|creator name|owner username|author username|author unique id|author meta name|
    author handle|user name|channel handle|author profile url|author url|author name|profile|page name|screen name
referrer_id: referrer|from|source|by|author
post_id: id|post|urn|post urn|pin url|pin id|beitrags id|identificador publicacion|identificacao post|identifiant publication|message id|
    aweme id|web video url|short code|media id|
    tweet id|video id|permalink|post url|post link|video url|video link|shortcode|tweet url|tweet link|reel link|
    reel url|link to post|content link|content url|live link|live url|published link|published url|beitragslink|link zum beitrag|lien du post|
    enlace del post
reply_to_id: reply to|in reply to|parent|parent id|in reply to id
shares_id: reshared|shared post|shared post id|retweeted tweet id
created_at: created|posted at iso|video publish timestamp|veroffentlichungszeitpunkt|hora publicacion|horario publicacao|heure publication|
    ora pubblicazione|create time iso|
    published|sale date|sales date|conversion unix timestamp|published at|posted|posted at|created time|
    action date|trans date|transaction date|event date|conversion date|
    order date|purchase date|purchase time|date created|date create|date transaction|transaction time|time transaction|conversion time|order time|
    order created at|bestelldatum|kaufdatum|post date|
    taken at|taken at timestamp|published date|posted date|time created|created date|transaction created|create time|order create time|paid time|
    publish date|publish time|date posted|posted on|published on|upload date|fecha publicacion|date publication|veroffentlicht am|
    veroffentlichungsdatum|data publicacao|data pubblicazione|data publikacji|投稿日|date|time|timestamp|joined|datum|fecha|дата|日期
observed_at: observed|date|as of|snapshot|day|timestamp|datum
awarded_at: awarded|date|since|year
known_at: known
text: content|caption|video title original|edge media to caption|message|body|post text|title|description|tweet|texto|texte|testo|beschreibung|bildunterschrift|
    beitragstext|
    descripcion|descricao|legende|legenda|descrizione|opis|tresc
language: lang|locale|sprache
format: post type|content type|media type|post format|content format|media product type|beitragsart|beitragstyp|type publication|tipo publicacion|tipo conteudo|type
links: link|urls|url
followers: follower|follower count|followers count|subscribers|subscriber|subscriber count|fans|audience|abonnenten|abonnes|seguidores|
    followerzahl|anzahl follower|volgers|obserwujacy|liczba obserwujacych|obserwatorzy|nombre d abonnes|total followers|followers total|
    prenumeranter|abonnenter|abonnees|subskrybenci|odberatele|tilaajat|
    inscritos|iscritti|suscriptores|subs|n seguidores|numero de seguidores|numero di follower|aantal volgers|foljare|antal foljare|folgere|
    folgere antal|antal folgere|takipci|takipci sayisi|sledujici|pocet sledujicich|seuraajat|seuraajamaara|подписчики|число подписчиков|
    количество подписчиков|المتابعون|المتابعين|عدد المتابعين|フォロワー|フォロワー数|粉丝|粉丝数|팔로워|팔로워 수|팔로워수
following: follows|following count|followed
views: view|plays|play|video views|video view|play count|video plays|aufrufe|wiedergaben|vues|visualizaciones|visualizacoes|reproducciones|
    visualizzazioni|wyswietlenia|weergaven|visningar|просмотры|再生数|播放量|조회수
reach: reichweite|accounts reached|portee|alcance|zasieg|copertura|bereik|rackvidd|охват|リーチ|도달
impressions: impression|impressionen|impresiones|impressoes|impressioni|wyswietlenia reklamy|показы|インプレッション
likes: like|edge liked by|edge media preview like|reactions|reaction|favorites|favourites|favorite|hearts|digg|gefallt mir|
    gefallt mir angaben|j aime|me gusta|curtidas|gostos|
    mi piace|polubienia|лайки|いいね|いいね数|点赞|좋아요
comments: comment|edge media to comment|replies|reply|kommentare|commentaires|comentarios|commenti|komentarze|reacties|kommentarer|комментарии|コメント|
    コメント数|评论|댓글
shares: share|reposts|repost|retweets|retweet|reshares|reblogs|geteilt|geteilte inhalte|partages|compartidos|compartilhamentos|partilhas|
    condivisioni|udostepnienia|репосты|シェア|转发|공유
saves: save|saved|gespeicherte beitrage|bookmarks|bookmark|collects|collect|favorited|gespeichert|enregistrements|guardados|salvamentos|salvataggi|zapisane|
    сохранения|保存|保存数|저장
clicks: click|outbound clicks|link clicks|url clicks|link click|klicks|linkklicks|clics|clics en el enlace|cliques|klikniecia|total clicks|
    clicks on link|link taps|swipe ups|klikken|klik|klikk|klikkaukset|tiklama|tiklamalar|prokliky|kliknuti|клики|переходы|النقرات|
    クリック|クリック数|点击|点击数|点击量|클릭|클릭수
follows: new follows|follows gained|new followers|neue follower|nouveaux abonnes|nuevos seguidores|novos seguidores
posts_count: media count|total posts|number of posts|post count|anzahl beitrage|publicaciones|publications
engagement_rate: engagement|er|eng rate|avg engagement rate|average engagement rate|engagementrate|engagement rate avg|interaktionsrate|
    taux d engagement|tasa de interaccion|tasa de engagement|taxa de engajamento|tasso di engagement|wskaznik zaangazowania|
    tasa de interaccion media|engagement percentage|tasso di interazione|er percent|engagement ratio
average_views: avg views|avg reels plays|average reels plays|avg reel views|avg video views|average video views|median views|views per post|
    durchschnittliche views|durchschnittl views|vues moyennes|promedio de vistas|media de visualizacoes|visualizaciones promedio
average_likes: avg likes|likes per post|median likes|durchschnittliche likes|likes moyens|promedio de likes|media de curtidas
average_comments: avg comments|comments per post|median comments|durchschnittliche kommentare|commentaires moyens|promedio de comentarios|
    media de comentarios
real_share: audience credibility|credibility|credibility score|real followers|real people|real audience|quality audience|echte follower|
    abonnes reels|seguidores reales|seguidores reais
country_share: audience countries|audience country|top audience countries|top countries|audience location|audience locations|
    audience by country|followers by country|audience geo|audience geography|lander der zielgruppe|zielgruppe nach landern|
    follower nach landern|pays de l audience|audience par pays|paises de la audiencia|audiencia por pais|paises da audiencia|
    paesi del pubblico
country: campaign country|campaign countries|target country|target countries|target market|kampagnenland|zielland|zielmarkt|pays cible|
    pais objetivo|pais alvo|paese target
platform: network|channel|site
handle: username|name|screen name|profile
kind: type|what
subject: topic|about|field
verified: is verified|verified account|account verified
campaign_id: campaign|campaign name|project|kampagne|campagne|campana|campagna|campanha|kampagnenname|aktion|activation|akcja|kampania|
    campagnenaam|nombre de campana|nome campagna|nome da campanha|nom de campagne|kampanj|kampanjnamn|kampagnenavn|kampanje|kampanjenavn|
    acao|acoes|accion|azione|action|operation|activacion|ativacao|session campaign|session campaign name|utm campaign|insamling|insamlingskampanj|aktionsname|
    kampanya|kampanya adi|kampan|nazev kampane|kampanja|kampanjan nimi|кампания|название кампании|рекламная кампания|الحملة|اسم الحملة|
    キャンペーン|キャンペーン名|施策|施策名|案件|案件名|活动|活动名称|캠페인|캠페인명
brand: client|advertiser|company|marke|marque|marca|merk|kunde|marka|klient|cliente|client name|brand name|marka adi|znacka|brandi|бренд|
    العلامة التجارية|ブランド|ブランド名|品牌|브랜드
category: vertical|industry|kategorie
brief: briefing|campaign brief|description|topic|descripcion|descrizione|descricao|opis|campaign name|campaign
goal: campaign goal|conversion goal|conversion type|kampagnenziel|kpi|objetivo kpi|result type|result indicator|conversion event|main kpi|
    ziel kpi|campaign kpi|campaign objective|objective
starts_at: start|start date|campaign start|from|launch|launch date|begin|beginn|startdatum|debut|date de debut|inicio|fecha de inicio|
    inizio|data inizio|startdato|von|data de inicio|data rozpoczecia|data inicial|poczatek|begindatum|startdag|van|od|desde|dal|du|fran|fra|
    begins|starts|flight start|reporting starts|inicio campana|kampagnenstart|date start|baslangic|baslangic tarihi|zacatek|datum zahajeni|
    alkaa|alkupaiva|aloituspaiva|начало|дата начала|старт|تاريخ البدء|تاريخ البداية|البداية|من|開始日|開始|开始日期|开始时间|시작일
ends_at: end|end date|campaign end|to|until|ende|enddatum|fin|date de fin|fecha de fin|fine|data fine|bis|slutdato|data final|
    data zakonczenia|koniec|einddatum|data de termino|data fim|slutdatum|tot|hasta|ate|al|au|till|til|do|finishes|ends|flight end|einde|
    slut|slutt|sluttdato|reporting ends|fin campana|kampagnenende|date end|date stop|bitis|bitis tarihi|konec|datum ukonceni|paattyy|
    loppupaiva|paattymispaiva|конец|дата окончания|окончание|تاريخ الانتهاء|تاريخ النهاية|النهاية|الى|終了日|終了|结束日期|结束时间|종료일
decided_at: decided|booked|booked at|booking date|contract date|signed
exposure: posts|deliverables|number of posts|posts agreed|content pieces|anzahl posts|beitrage|publications|publicaciones|no of posts|
    content|contenidos|contenuti|conteudos|entregas|entregables|livrables|contenus|liczba postow|content agreed|inhalte|aantal posts|
    nombre de posts|nombre de publications|numero de posts|numero post|liczba publikacji|antal inlagg|antal opslag|antall innlegg|
    n publicaciones|numero publicaciones|num publicaciones|n posts|nr posts|publikacje|postow|inlagg|opslag|innlegg|posty|qtd posts|
    quantidade posts|numero publicacoes|publicacoes|pubblicazioni|numero pubblicazioni|anzahl beitrage|anzahl veroffentlichungen|
    geposte beitrage|gonderi|gonderi sayisi|paylasim|paylasim sayisi|icerik sayisi|prispevky|pocet prispevku|julkaisut|julkaisujen maara|
    посты|публикации|количество постов|количество публикаций|عدد المنشورات|المنشورات|投稿数|発布数|发布数|게시물 수|게시물수
delivered_exposure: posts delivered|posts made|delivered|delivered posts|contenus livres|gelieferte beitrage|contenidos entregados|
    publicaciones realizadas|conteudos entregues|contenuti consegnati|posts published|published posts
fee: cost|price|spend|budget|payment|paid|honorar|kosten|cout|prix|costo|coste|precio|prezzo|costi|vergutung|gage|tarif|fees|influencer fee|
    total fee|cachet|custo|valor pago|valor do cache|investimento|investissement|remuneration|honoraires|honorarios|inversion|presupuesto|
    tarifa|compenso|pagamento|koszt|wynagrodzenie|stawka|cena|vergoeding|prijs|honorarium|creator fee|amount paid|compensation|
    kosten influencer|pagado|pago al creador|flat fee|flat rate|arvode|ersattning|kostnad|pris|kostnader|honorarer|budget spent|pago|pagos|
    verguetung|cache|caches|honorario|fee paid|retainer|offer amount|offer fee|creator payout|creator cost|influencer cost|
    wynagrodzenie netto|honorar netto|arvode exkl moms|ucret|maliyet|butce|odeme|odmena|naklady|palkkio|hinta|kustannus|гонорар|стоимость|
    бюджет|оплата|цена|التكلفة|الاجر|السعر|الميزانية|المبلغ المدفوع|報酬|費用|ギャラ|コスト|费用|报价|佣金|비용|원고료|광고비
discount: discount share|rabatt|discount percent|discount|remise|reduction|descuento|desconto|sconto|nachlass|rabat|znizka|korting|indirim|
    indirim orani|sleva|alennus|скидка|الخصم|割引率|折扣|할인율
conversions: orders|purchases|signups|sign ups|conversion|redemptions|code uses|bestellungen|commandes|pedidos|ordini|conversiones|
    conversioni|anzahl bestellungen|number of orders|no of orders|total orders|zamowienia|liczba zamowien|konwersje|conversoes|compras|
    compra|achats|acquisti|aankopen|bestellingen|nombre de commandes|nombre de ventes|numero de ventas|numero ordini|sold|units sold|
    items sold|items ordered|ordered items|units ordered|conversions total|attributed orders|kaufe|abschlusse|installs|app installs|downloads|
    bookings|reservations|leads|
    registrations|registrierungen|anmeldungen|buchungen|reservierungen|installationen|installations|inscriptions|telechargements|reservas|
    registros|descargas|instalaciones|prenotazioni|iscrizioni|installazioni|instalacoes|inscricoes|rezerwacje|instalacje|rejestracje|
    boekingen|aanmeldingen|installaties|bestallningar|kop|ordrar|konverteringar|bestillinger|ordrer|kob|konverteringer|bokningar|bookinger|
    trials|subscriptions|new customers|neukunden|first orders|first purchases|ordres|sales|ventes|ventas|vendite|verkaufe|sprzedaz|vendas|
    verkopen|forsaljning|salg|vendas c cupom|vendas com cupom|ventas con cupon|ventas con codigo|promo code uses|discount code uses|
    coupon uses|code redemptions|promo code redemptions|coupon redemptions|sales with code|code sales|coupon sales|coupon orders|
    code orders|bestellungen mit code|verkaufe mit code|commandes avec code|ordini con codice|zamowienia z kodem|ecommerce purchases|
    website purchases|transactions|key events|schlusselereignisse|evenements cles|eventos clave|eventi chiave|eventos principais|ventas uds|unidades vendidas|
    vendas unidades|verkaufte einheiten|stuckzahl|donors|new donors|
    monthly donors|new monthly donors|recurring donors|manadsgivare|nya manadsgivare|nya givare|givare|spender|neuspender|neue spender|
    dauerspender|fadder|nya faddrar|donateurs|nouveaux donateurs|donantes|nuevos donantes|socios|nuevos socios|doadores|novos doadores|
    donatori|darczyncy|members|new members|memberships|mitglieder|neumitglieder|petition signatures|signatures|unterschriften|firmas|
    results|result|ergebnisse|ergebnis|resultat|resultater|resultate|resultados|resultado|risultati|wyniki|wynik|resultaten|siparis|
    siparisler|siparis sayisi|satis adedi|donusum|donusumler|objednavky|pocet objednavek|konverze|tilaukset|tilausten maara|konversiot|
    заказы|количество заказов|конверсии|покупки|الطلبات|عدد الطلبات|التحويلات|注文数|購入数|コンバージョン|コンバージョン数|cv数|獲得数|
    订单数|订单量|成交单数|주문수|주문 수|구매수|전환수
revenue: sales value|product sales|ordered product sales|ordered revenue|
    gmv|turnover|umsatz|order value|sales amount|sales revenue|ca|chiffre d affaires|ingresos|ricavi|fatturato|facturacion|
    erlos|total revenue|revenue generated|receita|faturamento|przychod|przychody|obrot|omzet|revenu|revenus|ventas brutas|importe de ventas|
    valor de vendas|attributed revenue|attributed sales|sales volume|net revenue|gross revenue|intakter|intakt|omsattning|omsaetning|
    omsetning|forsaljningsvarde|indtaegter|inntekter|booking value|buchungsumsatz|affiliate revenue|code revenue|coupon revenue|
    purchase revenue|purchases conversion value|purchase conversion value|website purchases conversion value|conversion value|importe|
    importe total|facturado|gavor|donations amount|donation amount|spendensumme|spendenbetrag|montant dons|importe donado|valor doado|
    kwota darowizn|ciro|gelir|satis tutari|trzby|obrat|liikevaihto|myynti|выручка|сумма заказов|оборот|المبيعات|الايرادات|قيمة المبيعات|
    売上|売上高|売上金額|销售额|成交额|成交金额|매출|매출액
order_id: order|order number|sale id|order no|bestellnummer|action id|trans id|transaction id|conversion id|commission id|transaction key|
    order id|id transaction|
    transaktions id|amazon order id|receipt|receipt number|affiliatemarketing id|id
order_ref: reference|order reference|oid|order id|order number|order no|shop order id|merchant order id|order ref|number
currency: currency code|wahrung|waehrung|devise|moneda|valuta|moeda|currency id|reported currency code
amount: total|order total|total order amount|sale sale amount cents|sale amount cents|order total cents|total cents|amount cents|gross|net|
    betrag|sale amount|trans amount|sales|order amount|order value|sales amount|order subtotal|subtotal|
    net sales|sale value|purchase amount|purchase value|revenue|order total amount|transaction amount|transaction value|basket value|value|payment amount|
    gmv|umsatz|bestellwert|bestellsumme|warenkorbwert|warenwert|gesamtbetrag|rechnungsbetrag|montant|montant total|importe|importe total|importo|
    importo totale|valor|valor total|valor pedido|kwota|bedrag|cart|cart amount|cart total|cart value
amount_refunded: refunded amount|refund amount|amount returned|total refunded|refund total|refunds total|total refunds|order refund amount|
    erstatteter betrag|erstattungsbetrag|montant rembourse|importe reembolsado|importo rimborsato|valor reembolsado|terugbetaald bedrag
codes: discount code|coupon|coupon code|promo code|voucher|gutschein|discount codes|coupons|coupon codes|voucher code|gutscheincode|
    code used|coupon used|promo codes|code|rabattcode|code promo|codigo descuento|codigo promocional|codice sconto|cupom|kod rabatowy|kortingscode
value: code|discount code|promo code|coupon|link|url|utm
posted_at: posted|post date|published
partner_id: partner id|media partner id|affiliate id|publisher id|aff id|partner key|affiliate code|publisher|partner|affiliate|creator username|
    creator handle|creator|user id|affiliate username|affiliate user name|affiliate name|sub aff id
refunds: returns|refunded|returned|retouren|retours|devoluciones|resi|ruckgaben|cancelled|canceled|cancellations|annulees|dont annulees|
    annulations|stornos|storniert|davon storniert|stornierungen|canceladas|cancelados|cancelaciones|cancelamentos|cancellazioni|annullati|
    zwroty|anulowane|avbokningar|reklamationer|iade|iadeler|vratky|palautukset|возвраты|المرتجعات|返品数|返金|退款|환불
"""


def words_of(text: str) -> tuple[str, ...]:
    """Return the names that a line of them holds."""
    return tuple(text.split("|"))


SYNONYMS: dict[str, tuple[str, ...]] = {
    field: words_of(names)
    for field, _, names in (
        line.partition(": ") for line in _CALLED.replace("\n    ", "").strip().split("\n")
    )
}
"""What people call the columns of our tables, the likeliest first; a name of our own always fits."""
SPARE = {
    "revenue": words_of("sales|ventes|ventas|vendite|verkaufe|sprzedaz|vendas|verkopen|forsaljning|salg")
}
"""What a column may be called that is money where another one counts."""
FAKE = words_of(
    "bots|fake audience|fake follower|fake followers|suspicious accounts|suspicious followers|verdachtige follower"
)
"""What people call the share of followers that are no real people."""
PLATFORM = words_of(
    "platform|plattform|network|social network|netzwerk|channel|kanal|plateforme|plataforma|piattaforma|platforma|reseau|"
    "reseau social|red|red social|rede|rede social|canal|canale|kanava|mecra|платформа|площадка|соцсеть|المنصة|プラットフォーム|媒体|sns|平台|플랫폼|채널"
)
"""What people call a column of platforms."""
LINK = words_of(
    "link|url|profile url|profile link|account url|account link|channel url|profil|profillink|lien|enlace|perfil|profilo|"
    "link profilu|baglanti|ссылка|الرابط|リンク|链接|링크"
)
"""What people call a column of profile addresses."""
CURRENCY = words_of(
    "currency|currency code|wahrung|waehrung|devise|moneda|valuta|moeda|waluta|ccy|para birimi|mena|valuutta|валюта|العملة|通貨|币种|통화"
)
"""What people call a column of currencies."""
STATE = words_of(
    "status|state|order status|transaction status|action status|commission status|conversion status|approval status|validation status|"
    "order settlement status|voided|bestellstatus|"
    "statut|etat|estado|stato|durum"
)
"""What people call a column that says whether an order stands."""
PAID_STATE = words_of(
    "financial status|payment status|zahlungsstatus|statut paiement|estado pago|stato pagamento"
)
"""What shops call one that says whether it is paid."""
FLAGS = words_of(
    "voided|cancelled|canceled|refunded|returned|storniert|stornierung|storno|annule|annulee|cancelado|cancelada|annullato|geannuleerd|anulowane"
)
"""What people call one whose yes is that it does not."""
ITEMS = words_of(
    "sku|sku number|sku name|product|product name|product id|product sku|item|item name|item id|item sku|asin|variant|lineitem name|artikel|artikelname|"
    "artikelnummer|produkt|produktname|produit|article|producto|articulo|prodotto|articolo|produto"
)
"""What people call the column of what was bought, in sheets with a row an item."""
OF_ORDER = words_of(
    "order total|total order|order value|order amount|order total amount|gesamtbetrag|bestellwert|bestellsumme|rechnungsbetrag|warenkorbwert|"
    "valor pedido|importe total|montant total|importo totale|valor total|basket value|cart total|cart value"
)
"""What people call the amount of a whole order, where its items stand in rows of their own."""
SOLD = (
    *OF_ORDER,
    *words_of(
        "sale amount|sale value|sales amount|transaction value|transaction amount|purchase amount|sale amount cents|sale sale amount cents"
    ),
)
"""What people call what an order came to, beside which a mere amount is what is paid for it."""
ORIGINAL = words_of(
    "reference txn id|reference transaction id|original transaction id|original order id|parent transaction id|parent order id"
)
"""What people call the number of the order that a refund is of."""
COMMISSION = words_of(
    "commission|commissions|provision|payout|earnings|action cost|comision|comissao|commissione|prowizja"
)
"""What people call what a network pays for an order."""
RESULT = words_of(
    "results|result|ergebnisse|ergebnis|resultat|resultater|resultate|resultados|resultado|risultati|wyniki|wynik|resultaten"
)
"""What people call a column of conversions of which another one says what they are."""
RESULT_KIND = words_of("kpi|main kpi|campaign kpi|ziel kpi|objetivo kpi|result type|result indicator")
"""What people call that other column: beside a column that names what it counts, it is of something else."""
FOLLOWERS = words_of(
    "abonnenten|abonnes|follower|followers|obserwujacy|seguidores|subscribers|volgers|suscriptores|inscritos|iscritti|takipci|sledujici|"
    "seuraajat|подписчики|المتابعين|フォロワー数|フォロワー|粉丝数|粉丝|팔로워"
)
"""Words of which one says that a number beside past campaigns is of followers."""
OF_AN_ACCOUNT = words_of(
    "|handle|handle name|username|user|name|account|account name|profile|profile url|profile link|channel|channel name|channel url|"
    "page|url|link|id|profil|konto|compte|cuenta|usuario|perfil|nutzername|kanal|canal|canale|chaine|profiel|profilo|conto|conta"
)
"""What stands beside a platform in the name of a column of accounts; nothing where the platform stands alone."""
EXPORTS = (
    ("shopify", frozenset(("Name", "Financial Status", "Lineitem name"))),
    ("awin", frozenset(("publisher_id", "sale_amount", "commission_status"))),
    ("youtube_studio", frozenset(("Content", "Video title", "Video publish time"))),
    ("meta_suite", frozenset(("Post ID", "Permalink", "Publish time"))),
    ("tiktok", frozenset(("Video title", "Video link", "Post time"))),
    ("linkedin", frozenset(("Post title", "Post link", "Impressions"))),
    ("linkedin", frozenset(("Update title", "Update link", "Impressions"))),
    ("linkedin", frozenset(("Post URL (column A)", "Impressions"))),
    ("x_analytics", frozenset(("Post id", "Post Link", "Impressions"))),
    ("x_analytics", frozenset(("Tweet id", "Tweet permalink", "impressions"))),
)
"""Columns by which the export of a source that has its own command is known."""
