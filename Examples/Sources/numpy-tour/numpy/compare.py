# Runs the programs of this folder and compares their output with that of the Swift programs:
#
#   python3 compare.py path/to/numpy-tour
#
# Words must be equal, ignoring case. Numbers must be equal within rounding.
import pathlib
import re
import subprocess
import sys

TOKEN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\binf\b|\bnan\b|\w+|#+|[^\w\s]")


def tokens(text):
    for token in TOKEN.findall(text):
        try:
            yield float(token)
        except ValueError:
            yield token.lower()


def equal(ours, original):
    if isinstance(ours, float) and isinstance(original, float):
        return ours == original or abs(ours - original) <= 1e-12 + 1e-9 * abs(original)
    return ours == original


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


folder = pathlib.Path(__file__).parent
programs = sorted(path for path in folder.glob("*.py") if path.name != "compare.py")
failed = False
for program in programs:
    ours = output(sys.argv[1], program.stem).split("\n", 1)[1].splitlines()
    original = output(sys.executable, str(program)).splitlines()
    count = 0
    for number in range(max(len(ours), len(original))):
        a, b = (lines[number] if number < len(lines) else "" for lines in (ours, original))
        x, y = list(tokens(a)), list(tokens(b))
        count += sum(isinstance(token, float) for token in y)
        if len(x) != len(y) or not all(map(equal, x, y)):
            print(f"{program.stem}, line {number + 1}: here {a!r}, in NumPy {b!r}")
            failed = True
    print(f"{program.stem}: {count} numbers compared")
sys.exit(failed)
