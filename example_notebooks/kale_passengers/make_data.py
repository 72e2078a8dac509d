"""Writes data/passengers.csv: the 900 passengers of a ferry that never sailed, and who reached the boats.

Everything is drawn from one seeded generator of the standard library, so running this again writes the same bytes.

    python make_data.py
"""

import csv
import math
import random
from pathlib import Path

PASSENGERS = 900
FIRST = {
    "f": [
        "Agda",
        "Birte",
        "Dagny",
        "Elva",
        "Frida",
        "Gro",
        "Hedda",
        "Inga",
        "Jorunn",
        "Liv",
        "Mette",
        "Signe",
    ],
    "m": [
        "Arvid",
        "Bjarne",
        "Dag",
        "Einar",
        "Finn",
        "Gunnar",
        "Halvor",
        "Ivar",
        "Jens",
        "Leif",
        "Magnus",
        "Sten",
    ],
}
LAST = [
    "Aasen",
    "Berg",
    "Dahl",
    "Eide",
    "Foss",
    "Haugen",
    "Kvam",
    "Lund",
    "Moen",
    "Nygaard",
    "Ruud",
    "Solberg",
    "Vik",
]
TITLES = {"f": ["Mrs", "Miss"], "m": ["Mr"]}


def passenger(number, rng):
    sex = rng.choice("fm")
    deck = rng.choices([1, 2, 3], [0.2, 0.3, 0.5])[0]
    age = max(1, min(80, round(rng.gauss(43 - 6 * deck, 14))))
    title = ("Master" if sex == "m" else "Miss") if age < 14 else rng.choice(TITLES[sex])
    family = min(6, int(rng.expovariate(1.1)))
    fare = round(rng.lognormvariate(4.6 - 0.75 * deck, 0.35), 2)
    score = (
        0.9 + 1.9 * (sex == "f") - 0.85 * (deck - 1) + 1.6 * (age < 14) - 0.012 * age - 0.22 * max(0, family - 3) - 0.6
    )
    saved = rng.random() < 1 / (1 + math.exp(-score))
    return [
        number,
        f"{rng.choice(LAST)}, {title}. {rng.choice(FIRST[sex])}",
        sex,
        "" if rng.random() < 0.14 else age,
        deck,
        family,
        f"{fare:.2f}",
        "" if rng.random() < 0.01 else rng.choices(["Bergen", "Florø", "Ålesund"], [0.6, 0.15, 0.25])[0],
        int(saved),
    ]


def main():
    rng = random.Random(1912)
    path = Path(__file__).parent / "data" / "passengers.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["passenger", "name", "sex", "age", "deck", "family", "fare", "boarded", "saved"])
        writer.writerows(passenger(number, rng) for number in range(1, PASSENGERS + 1))


if __name__ == "__main__":
    main()
