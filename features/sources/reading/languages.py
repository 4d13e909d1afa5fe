"""What people call the columns of our tables in languages beyond those of :mod:`.names`, as :func:`~.columns.bare` writes them or not."""

from __future__ import annotations

MORE = {
    # Turkish | Czech | Finnish | Russian | Arabic | Japanese | Chinese | Korean
    "influencer_id": (
        "influencer adi|kullanici adi|fenomen|icerik ureticisi|hesap|influencerka|tvurce|uzivatelske jmeno|vaikuttaja|kayttajanimi|"
        "инфлюенсер|блогер|блоггер|аккаунт|никнейм|المؤثر|المؤثرة|اسم المؤثر|اسم المستخدم|الحساب|صانع المحتوى|"
        "インフルエンサー|インフルエンサー名|アカウント|アカウント名|クリエイター|ユーザー名|ユーザーid|达人|达人昵称|博主|网红|账号|인플루언서|크리에이터|계정|계정명"
    ),
    "followers": (
        "takipci|takipci sayisi|sledujici|pocet sledujicich|seuraajat|seuraajamaara|подписчики|число подписчиков|количество подписчиков|"
        "المتابعون|المتابعين|عدد المتابعين|フォロワー|フォロワー数|粉丝|粉丝数|팔로워|팔로워 수|팔로워수"
    ),
    "campaign_id": (
        "kampanya|kampanya adi|kampan|nazev kampane|kampanja|kampanjan nimi|кампания|название кампании|рекламная кампания|"
        "الحملة|اسم الحملة|キャンペーン|キャンペーン名|施策|施策名|案件|案件名|活动|活动名称|캠페인|캠페인명"
    ),
    "starts_at": (
        "baslangic|baslangic tarihi|zacatek|datum zahajeni|alkaa|alkupaiva|aloituspaiva|начало|дата начала|старт|"
        "تاريخ البدء|تاريخ البداية|البداية|من|開始日|開始|开始日期|开始时间|시작일"
    ),
    "ends_at": (
        "bitis|bitis tarihi|konec|datum ukonceni|paattyy|loppupaiva|paattymispaiva|конец|дата окончания|окончание|"
        "تاريخ الانتهاء|تاريخ النهاية|النهاية|الى|終了日|終了|结束日期|结束时间|종료일"
    ),
    "exposure": (
        "gonderi|gonderi sayisi|paylasim|paylasim sayisi|icerik sayisi|prispevky|pocet prispevku|julkaisut|julkaisujen maara|"
        "посты|публикации|количество постов|количество публикаций|عدد المنشورات|المنشورات|投稿数|発布数|发布数|게시물 수|게시물수"
    ),
    "fee": (
        "ucret|maliyet|butce|odeme|odmena|cena|naklady|palkkio|hinta|kustannus|гонорар|стоимость|бюджет|оплата|цена|"
        "التكلفة|الاجر|السعر|الميزانية|المبلغ المدفوع|報酬|費用|ギャラ|コスト|费用|报价|佣金|비용|원고료|광고비"
    ),
    "conversions": (
        "siparis|siparisler|siparis sayisi|satis adedi|donusum|donusumler|objednavky|pocet objednavek|konverze|tilaukset|"
        "tilausten maara|konversiot|заказы|количество заказов|конверсии|покупки|الطلبات|عدد الطلبات|التحويلات|注文数|購入数|"
        "コンバージョン|コンバージョン数|cv数|獲得数|订单数|订单量|成交单数|주문수|주문 수|구매수|전환수"
    ),
    "revenue": (
        "ciro|gelir|satis tutari|trzby|obrat|liikevaihto|myynti|выручка|сумма заказов|оборот|المبيعات|الايرادات|قيمة المبيعات|"
        "売上|売上高|売上金額|销售额|成交额|成交金额|매출|매출액"
    ),
    "refunds": "iade|iadeler|vratky|palautukset|возвраты|المرتجعات|返品数|返金|退款|환불",
    "discount": "indirim|indirim orani|sleva|alennus|скидка|الخصم|割引率|折扣|할인율",
    "brand": "marka adi|znacka|brandi|бренд|العلامة التجارية|ブランド|ブランド名|品牌|브랜드",
}
"""For fields the names in Turkish, Czech, Finnish, Russian, Arabic, Japanese, Chinese and Korean."""
