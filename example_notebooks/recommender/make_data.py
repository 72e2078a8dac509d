"""Writes data/items.csv and data/purchases.csv: six months at a delicatessen shop that does not exist.

Everything is drawn from one seeded generator of the standard library, so running this again writes the same bytes.

    python make_data.py
"""

import csv
import datetime
import itertools
import random
from pathlib import Path

USERS = 200
START, DAYS = datetime.date(2025, 1, 1), 181
SHELVES = {
    "coffee": [
        "espresso beans",
        "filter coffee",
        "decaf beans",
        "cold brew",
        "moka pot",
        "grinder",
        "paper filters",
        "milk jug",
        "cup set",
        "cocoa powder",
    ],
    "tea": [
        "green tea",
        "black tea",
        "rooibos",
        "oolong",
        "mint tea",
        "tea strainer",
        "teapot",
        "honey",
        "rock sugar",
        "ginger cubes",
    ],
    "baking": [
        "rye flour",
        "spelt flour",
        "dry yeast",
        "sourdough starter",
        "baking tin",
        "proofing basket",
        "vanilla",
        "almonds",
        "raisins",
        "dark chocolate",
    ],
    "pasta": [
        "spaghetti",
        "penne",
        "orzo",
        "tomato passata",
        "pesto",
        "olive oil",
        "parmesan",
        "capers",
        "anchovies",
        "chilli flakes",
    ],
    "cheese": [
        "gouda",
        "brie",
        "cheddar",
        "feta",
        "goat cheese",
        "crackers",
        "fig jam",
        "grapes",
        "cheese knife",
        "walnuts",
    ],
    "breakfast": [
        "rolled oats",
        "muesli",
        "maple syrup",
        "peanut butter",
        "orange marmalade",
        "oat milk",
        "dates",
        "pumpkin seeds",
        "dried apricots",
        "coconut flakes",
    ],
}


def purchases(rng, items):
    """Rows (user, item, date): each user has a favourite shelf or two, and everybody buys what is popular."""
    shelves = list(SHELVES)
    appeal = {item: rng.paretovariate(1.6) for item, _, _ in items}
    rows = []
    for user in range(1, USERS + 1):
        taste = dict.fromkeys(shelves, 0.25)
        for shelf in rng.sample(shelves, rng.choice([1, 2, 2])):
            taste[shelf] = 5.0
        weights = [appeal[item] * taste[shelf] for item, _, shelf in items]
        for _ in range(rng.randint(6, 16)):
            date = START + datetime.timedelta(days=rng.randrange(DAYS))
            for item, _, _ in set(rng.choices(items, weights, k=rng.randint(1, 4))):
                rows.append((f"U{user:03d}", item, date.isoformat()))
    return sorted(set(rows), key=lambda row: (row[2], row[0], row[1]))


def write(name, header, rows):
    with (Path(__file__).parent / "data" / name).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main():
    rng = random.Random(715)
    named = itertools.chain.from_iterable(((name, shelf) for name in names) for shelf, names in SHELVES.items())
    items = [(f"I{number:02d}", name, shelf) for number, (name, shelf) in enumerate(named, start=1)]
    write("items.csv", ["item_id", "name", "shelf"], items)
    write("purchases.csv", ["user_id", "item_id", "date"], purchases(rng, items))


if __name__ == "__main__":
    main()
