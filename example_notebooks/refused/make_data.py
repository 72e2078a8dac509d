"""Writes data/sensor.csv: a sensor's log, with a few lines of preamble before its readings.

Everything is drawn from one seeded generator of the standard library, so running this again writes the same bytes.

    python make_data.py
"""

import random
from pathlib import Path


def main():
    rng = random.Random(3)
    lines = ["# station: North Pier", "# unit: degC", "# interval: 10 min"]
    lines += [f"{minute // 60:02d}:{minute % 60:02d},{11 + rng.gauss(0, 0.6):.2f}" for minute in range(0, 1440, 10)]
    (Path(__file__).parent / "data" / "sensor.csv").write_text("\n".join(lines) + "\n", newline="\n")


if __name__ == "__main__":
    main()
