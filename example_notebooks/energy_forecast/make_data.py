"""Writes data/load.csv: three years of daily electricity load in a town that does not exist.

Everything is drawn from one seeded generator of the standard library, so running this again writes the same bytes.

    python make_data.py
"""

import csv
import datetime
import math
import random
from pathlib import Path

START, DAYS = datetime.date(2022, 1, 1), 1096
HOLIDAYS = {(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)}


def readings(rng):
    """Rows (date, load in MWh, mean temperature in °C): seasons, weekends, holidays, heating, slow growth, noise."""
    weather = 0.0
    for day in range(DAYS):
        date = START + datetime.timedelta(days=day)
        weather = 0.75 * weather + rng.gauss(0, 1.9)
        temperature = 10.5 - 9.5 * math.cos(2 * math.pi * (day - 18) / 365.25) + weather
        load = 410 + 0.022 * day + 5.2 * max(0.0, 15 - temperature) + 3.1 * max(0.0, temperature - 21)
        load -= 46 * (date.weekday() == 5) + 71 * (date.weekday() == 6)
        load -= 60 * ((date.month, date.day) in HOLIDAYS)
        load += rng.gauss(0, 8)
        meter_failed = rng.random() < 0.008
        yield date.isoformat(), "" if meter_failed else f"{load:.1f}", f"{temperature:.1f}"


def main():
    with (Path(__file__).parent / "data" / "load.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "load_mwh", "temperature"])
        writer.writerows(readings(random.Random(42)))


if __name__ == "__main__":
    main()
