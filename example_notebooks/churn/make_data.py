"""Writes data/customers.csv: 1,500 customers of an internet provider that does not exist.

Everything is drawn from one seeded generator of the standard library, so running this again writes the same bytes.

    python make_data.py
"""

import csv
import math
import random
from pathlib import Path

ROWS = 1500
PRICES = {"none": 19.0, "dsl": 34.0, "fibre": 55.0}
COLUMNS = [
    "customer_id",
    "tenure_months",
    "contract",
    "payment",
    "internet",
    "support_calls",
    "monthly_charge",
    "total_charge",
    "senior",
    "churned",
]


def customer(number, rng):
    """One row. How likely a customer leaves depends on contract, tenure, price and calls, and a little on luck."""
    contract = rng.choices(["monthly", "one year", "two years"], [0.55, 0.25, 0.20])[0]
    longest = {"monthly": 40, "one year": 60, "two years": 72}[contract]
    tenure = int(rng.betavariate(1.1, 1.6) * (longest + 1))
    internet = rng.choices(["none", "dsl", "fibre"], [0.2, 0.4, 0.4])[0]
    payment = rng.choices(["card", "debit", "invoice"], [0.35, 0.35, 0.30])[0]
    senior = rng.random() < 0.17
    calls = min(9, int(rng.expovariate(0.8 if internet == "fibre" else 1.2)))
    monthly = round(PRICES[internet] + rng.gauss(6, 5) + 4 * (contract == "monthly"), 2)
    # A discount that ran out: what was paid in all lies below tenure times today's price.
    total = round(monthly * tenure * rng.uniform(0.82, 1.0), 2)

    score = -2.35 + 1.5 * (contract == "monthly") - 0.8 * (contract == "two years") - 0.035 * tenure
    score += 0.42 * calls + 0.5 * (payment == "invoice") + 0.022 * (monthly - 40) + 0.3 * senior
    churned = rng.random() < 1 / (1 + math.exp(-score))
    return [
        f"C{number:05d}",
        tenure,
        contract,
        payment,
        internet,
        calls,
        f"{monthly:.2f}",
        "" if tenure == 0 else f"{total:.2f}",  # not billed yet
        "yes" if senior else "no",
        "yes" if churned else "no",
    ]


def main():
    rng = random.Random(20250301)
    with (Path(__file__).parent / "data" / "customers.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(customer(number, rng) for number in range(1, ROWS + 1))


if __name__ == "__main__":
    main()
