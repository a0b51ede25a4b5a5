"""Commands of seqrl that are implemented in Python: python -m seqrl track RUN… --to TRACKER."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

import seqrl


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"seqrl: {message}; see seqrl track --help\n")


def main(arguments: list[str] | None = None) -> int:
    """Runs a command line and returns its exit status."""
    parser = _Parser(prog="seqrl", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    track = commands.add_parser("track", help="send runs to a tracker", allow_abbrev=False)
    track.add_argument("runs", nargs="+", metavar="RUN", help="runs, folders of runs or patterns")
    track.add_argument("--to", required=True, metavar="TRACKER", help="wandb, mlflow, trackio or csv")
    track.add_argument("--project", default="seqrl", help="project or experiment of the tracker; default: %(default)s")
    track.add_argument("--live", action="store_true", help="continue until no run is being trained")
    track.add_argument("--every", type=float, default=5, metavar="SECONDS",
                       help="with --live, the time between updates; default: %(default)s")
    given = parser.parse_args(arguments)
    try:
        seqrl.track(given.runs, given.to, project=given.project, live=given.live, every=given.every,
                    on_message=lambda line: print(line, flush=True))
    except (seqrl.Error, OSError) as error:
        print(f"seqrl: {error}", file=sys.stderr)
        return 2 if isinstance(error, seqrl.UserError) else 1
    except KeyboardInterrupt:
        print("seqrl: stopped; run the same command to continue", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
