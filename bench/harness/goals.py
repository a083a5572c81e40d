"""A goal is missed only when the whole interval misses it: on a noisy machine a median alone says little."""
import dataclasses


@dataclasses.dataclass
class Goal:
    what: str
    spread: object  # measure.Spread
    limit: float
    at_most: bool = True
    unit: str = ""

    @property
    def missed(self):
        return self.spread.least > self.limit if self.at_most else self.spread.most < self.limit

    @property
    def verdict(self):
        if not self.missed:
            median = self.spread.median
            is_met = median <= self.limit if self.at_most else median >= self.limit
            return "met" if is_met else "not missed: the interval holds it"
        return f"**missed** by {abs(self.spread.median / self.limit - 1):.0%}" if self.limit else "**missed**"

    def row(self):
        sign = "≤" if self.at_most else "≥"
        return [self.what, f"{sign} {self.limit:g}{self.unit}", self.spread.show(self.unit), self.verdict]
