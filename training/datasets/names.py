"""What people and brands of the simulated worlds are called: paint, which no number hangs on.

Names follow from the place in a list alone, and draw nothing: the same world under other names gives the same numbers.
"""

from __future__ import annotations

from .words import TOPICS

_FIRST = """
anna ben carla diego emma felix greta hugo ida jonas kira leo mila noah olga paul romy sami tara uli vera wim yara zoe
amir bea cem dana elif finn gus hana ivo jana kofi lina mona nils omar pia rosa sven tilda udo vito wanda
"""
FIRST = tuple(_FIRST.split())
BRANDS = ("Nordlicht", "Kranich", "Blue Heron", "Mirabelle", "Oakhouse", "Flinders")
"""Made up."""
PLATFORMS = ("instagram", "tiktok", "youtube")
JOINTS = (".", "_", ".the.", ".my.")


def handle_of(number: int, topic: int) -> str:
    """Return the handle of the influencer at a place in the list, who mostly writes about a topic.

    >>> handle_of(0, 1), handle_of(51, 1), handle_of(5000, 0)
    ('@anna.coffee', '@felix.espresso', '@ivo.my.beer7')
    """
    words = list(TOPICS.values())[topic][0].split()
    person, rest = number % len(FIRST), number // len(FIRST)
    word, rest = words[rest % 4], rest // 4
    joint, again = JOINTS[rest % len(JOINTS)], rest // len(JOINTS)
    return f"@{FIRST[person]}{joint}{word}" + (str(again + 1) if again else "")


def platform_of(number: int) -> str:
    """Return where the influencer at a place in the list is; half are on the first platform, a quarter on each other."""
    return PLATFORMS[(0, 0, 1, 2)[number % 4]]
