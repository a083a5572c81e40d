"""Rounds by turns, and what is said of them: the median with least and most, ratios round by round."""
import dataclasses
import statistics


@dataclasses.dataclass
class Spread:
    """Of one figure in all rounds."""
    values: list

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def least(self):
        return min(self.values)

    @property
    def most(self):
        return max(self.values)

    def show(self, unit="", digits=None):
        def number(value):
            if digits is not None:
                return f"{value:.{digits}f}"
            if abs(value) < 0.1:
                return f"{value:.3f}"
            return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
        return f"{number(self.median)}{unit} ({number(self.least)} to {number(self.most)})"


class Rounds:
    """rounds.of(contender, figure): what all rounds gave."""

    def __init__(self):
        self._values = {}

    def add(self, contender, **figures):
        for figure, value in figures.items():
            self._values.setdefault((contender, figure), []).append(value)

    def has(self, contender, figure):
        return (contender, figure) in self._values

    def of(self, contender, figure):
        return Spread(self._values[contender, figure])

    def ratio(self, ours, peer, figure):
        """Round by round: both saw the same minute of the machine."""
        pairs = zip(self._values[ours, figure], self._values[peer, figure])
        return Spread([a / max(b, 1e-9) for a, b in pairs])


def interleave(contenders, rounds, measure, log):
    """measure(contender, round) for each, by turns. A contender that fails is named, and left out."""
    failed = {}
    for number in range(rounds):
        # Who comes first changes, so that nobody always follows the heaviest.
        order = contenders[number % len(contenders):] + contenders[:number % len(contenders)]
        for one in order:
            if one in failed:
                continue
            try:
                measure(one, number)
            except (RuntimeError, OSError) as error:
                failed[one] = str(error).strip().splitlines()[-1][:200] if str(error).strip() else "failed"
                log(f"  {one}: {failed[one]}")
    return failed
