"""The words of the simulated world: topics in English and German, and what everybody says."""

from __future__ import annotations

TOPICS: dict[str, tuple[str, str]] = {
    "brewing": (
        "beer hops malt yeast brewing lager stout barley fermentation keg ale foam",
        "Bier Hopfen Malz Hefe Brauen Pils Starkbier Gerste Gärung Fass Weizen Schaum",
    ),
    "coffee": (
        "coffee espresso roast beans grinder crema barista arabica filter latte brew aroma",
        "Kaffee Espresso Röstung Bohnen Mühle Crema Barista Arabica Filter Milchkaffee Aufguss Aroma",
    ),
    "baking": (
        "bread sourdough flour oven crust dough baking cake pastry butter crumb starter",
        "Brot Sauerteig Mehl Ofen Kruste Teig Backen Kuchen Gebäck Butter Krume Anstellgut",
    ),
    "running": (
        "running marathon pace shoes training stride trail finish kilometres sprint recovery race",
        "Laufen Marathon Tempo Schuhe Training Schritt Waldweg Ziel Kilometer Sprint Erholung Rennen",
    ),
    "cycling": (
        "cycling bike saddle gears climb pedal peloton tyres gravel frame chain descent",
        "Radfahren Fahrrad Sattel Gangschaltung Anstieg Pedal Hauptfeld Reifen Schotter Rahmen Kette Abfahrt",
    ),
    "yoga": (
        "yoga breath pose balance stretch meditation mat flow calm spine asana relax",
        "Yoga Atem Haltung Gleichgewicht Dehnung Meditation Matte Fluss Ruhe Wirbelsäule Übung Entspannung",
    ),
    "gaming": (
        "gaming console level quest controller multiplayer boss loot stream speedrun pixel patch",
        "Spielen Konsole Stufe Aufgabe Steuergerät Mehrspieler Endgegner Beute Übertragung Bestzeit Bildpunkt Aktualisierung",
    ),
    "photography": (
        "photo camera lens aperture exposure portrait shutter focus tripod light composition landscape",
        "Foto Kamera Objektiv Blende Belichtung Porträt Verschluss Schärfe Stativ Licht Bildaufbau Landschaft",
    ),
    "gardening": (
        "garden soil seeds tomatoes compost pruning roses harvest greenhouse watering bulbs hedge",
        "Garten Erde Samen Tomaten Kompost Rückschnitt Rosen Ernte Gewächshaus Gießen Zwiebeln Hecke",
    ),
    "skincare": (
        "skin serum cream sunscreen cleanser glow retinol moisture routine mask pores gentle",
        "Haut Serum Creme Sonnenschutz Reinigung Strahlen Retinol Feuchtigkeit Pflege Maske Poren sanft",
    ),
    "finance": (
        "savings budget invest shares interest pension funds dividend market inflation risk portfolio",
        "Sparen Haushalt Anlegen Aktien Zinsen Rente Fonds Dividende Markt Inflation Risiko Depot",
    ),
    "travel": (
        "travel flight hostel island backpack itinerary visa beach train sunset passport adventure",
        "Reisen Flug Herberge Insel Rucksack Route Visum Strand Zug Sonnenuntergang Pass Abenteuer",
    ),
}
"""For each topic its words in English and in German."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    "food": ("brewing", "coffee", "baking"),
    "sport": ("running", "cycling", "yoga"),
    "leisure": ("gaming", "photography", "gardening"),
    "life": ("skincare", "finance", "travel"),
}

EVERYDAY: tuple[str, str] = (
    "the a to and of my is it for you this with so today new really just how when some more about week good",
    "der die das und ein zu mein ist für mit so heute neu wirklich wie wann etwas mehr über Woche gut auch noch",
)

QUESTIONS: tuple[str, str] = (
    "How do you choose the right {}? | What would you use for {}? | Does {} really work for beginners? | Which {} is best?",
    "Wie wählst du {} aus? | Was nimmst du für {}? | Klappt {} auch für Anfänger? | Welches ist das Beste bei {}?",
)
CRITICISM: tuple[str, str] = (
    "This is terrible advice about {}. | I hate this, {} was a horrible waste. | Wrong and misleading about {}, very bad.",
    "Das ist ein schlechter Rat zu {}. | Furchtbar, {} war reine Verschwendung. | Falsch und irreführend zu {}.",
)
PRAISE: tuple[str, str] = (
    "Love this {}! | Great post, thank you for {}. | Tried {} and it was wonderful. | More {} please.",
    "Toll, {} gefällt mir! | Danke für {}. | Habe {} probiert, wunderbar. | Bitte mehr {}.",
)
ANSWERS: tuple[str, str] = (
    "Thanks for asking, for {} I start small. | Fair point, here is why {}. | It depends on {}, try both.",
    "Danke für die Frage, bei {} fange ich klein an. | Guter Punkt, so ist es mit {}. | Das hängt von {} ab.",
)
BRIEFS: tuple[str, str] = (
    "We launch a new range for everybody who loves {}. Tell your audience about {} and invite them to try it.",
    "Wir starten eine neue Reihe für alle, die {} lieben. Erzähle von {} und lade dein Publikum zum Probieren ein.",
)
