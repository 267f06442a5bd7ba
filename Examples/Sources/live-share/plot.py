"""Watches the waves of live-share while they are computed.

usage: plot.py [NAME] [--text | --summary | --png FILE] [--every SECONDS]

Where there is matplotlib and a display the frames appear in a window, until that is closed; with --png the latest is always in that
file. Else frames are drawn with characters, or just summed up in a line (--summary).

The arrays are files of NumPy's in /dev/shm. numpy.load maps them, and that is all there is to leave behind: nothing. (Python's
multiprocessing.shared_memory would remove what it has only attached to, before 3.13, when it exits.)
"""
import argparse
import os
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("plot.py: this Python has no NumPy")

BEGUN, DONE, LAST, SOLVER = range(4)


def attach(name, patience=10):
    """Both arrays, for reading, as soon as the solver has made them."""
    begin = time.monotonic()
    while True:
        try:
            # The second is made after the first.
            state = np.load(f"/dev/shm/{name}-state", mmap_mode="r")
            return np.load(f"/dev/shm/{name}", mmap_mode="r"), state
        except FileNotFoundError:
            if time.monotonic() - begin > patience:
                sys.exit(f"plot.py: nobody has made an array named {name}")
            time.sleep(0.05)


def latest(frames, state):
    """The latest frame, whole: its number, a copy of it, and how many were overwritten while they were copied.

    The solver says which frame it begins to write before it writes, and which is done after that. Frame n stands in slot n % ring, so
    a copy of it is good if, when it has been made, frame n + ring has not been begun. (This is a seqlock: nobody is locked out,
    the solver never waits, and the reader tries again in the worst case.) x86-64 makes these reads in the order in which they
    stand here; for arm64 a reader in C would put a fence before and behind the copy.
    """
    ring = len(frames)
    torn = 0
    while True:
        done = int(state[DONE])
        frame = frames[done % ring].copy()
        if int(state[BEGUN]) < done + ring:
            return done, frame, torn
        torn += 1


def watch(name, every, show, wait=time.sleep):
    frames, state = attach(name)
    print(f"watching {name}: frames of {frames.shape[1]} x {frames.shape[2]}", flush=True)
    torn, shown = 0, -1
    while shown < state[LAST]:
        number, frame, again = latest(frames, state)
        torn += again
        if number > shown:
            show(number, frame)
            shown = number
        elif not is_alive(int(state[SOLVER])):
            sys.exit(f"plot.py: the solver ended before its last frame; its memory is still here, as of frame {shown}")
        if shown < state[LAST]:
            wait(every)
    print(f"{torn} copies were overwritten while they were made, and made again", flush=True)


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def summary(number, frame):
    bits = int(frame.view(np.uint64).sum(dtype=np.uint64))
    print(f"frame {number}: min {frame.min():.3f}, max {frame.max():.3f}, mean {frame.mean():.5f}, bits {bits}", flush=True)


def text(number, frame, rows=24, columns=72):
    """The frame by characters: the darker, the higher the waves."""
    shades = np.array(list(" .:-=+*#%@"))
    height, width = max(1, frame.shape[0] // rows), max(1, frame.shape[1] // columns)
    rows, columns = frame.shape[0] // height, frame.shape[1] // width
    blocks = frame[: rows * height, : columns * width].reshape(rows, height, columns, width)
    levels = np.minimum(np.abs(blocks).max(axis=(1, 3)) * len(shades), len(shades) - 1).astype(int)
    print("\n".join("".join(row) for row in shades[levels]))
    summary(number, frame)


class Picture:
    """The frames as matplotlib draws them."""

    def __init__(self, name):
        import matplotlib.pyplot as plt

        self.plt = plt
        self.figure, self.axes = plt.subplots(num=name, figsize=(6, 6), layout="constrained")
        self.axes.set_axis_off()
        self.image = None

    def draw(self, number, frame):
        if self.image is None:
            self.image = self.axes.imshow(frame, cmap="RdBu", vmin=-1, vmax=1)
        self.image.set_data(frame)
        self.axes.set_title(f"frame {number}")


class File(Picture):
    """The latest frame in a file."""

    def __init__(self, name, path):
        import matplotlib

        matplotlib.use("Agg")
        super().__init__(name)
        self.path = path

    def show(self, number, frame):
        self.draw(number, frame)
        # Whole or not at all: whoever looks at the file sees a picture.
        self.figure.savefig(self.path + ".part", format="png")
        os.replace(self.path + ".part", self.path)
        summary(number, frame)


class Window(Picture):
    """The latest frame in a window; the script ends when that is closed."""

    def __init__(self, name):
        super().__init__(name)
        # Where matplotlib cannot open windows it draws them nowhere, with a warning at most.
        if self.figure.canvas.required_interactive_framework is None:
            raise ImportError("this matplotlib opens no windows here")
        self.plt.show(block=False)

    def show(self, number, frame):
        self.draw(number, frame)
        self.figure.canvas.draw_idle()

    def wait(self, seconds):
        # The window is moved, redrawn and closed meanwhile. (plt.pause would raise it above others each time.)
        self.figure.canvas.start_event_loop(seconds)
        if not self.plt.fignum_exists(self.figure.number):
            sys.exit()

    def keep(self):
        """Leaves the last frame there until the window is closed."""
        self.plt.show()


def open_window(name):
    """A window; None where there is no display, or no matplotlib that can use it."""
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return None
    try:
        return Window(name)
    except ImportError:
        return None


def main():
    parser = argparse.ArgumentParser(description="watches the waves of live-share while they are computed")
    parser.add_argument("name", nargs="?", default="live-share")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--text", action="store_true", help="draw with characters")
    how.add_argument("--summary", action="store_true", help="one line for each frame")
    how.add_argument("--png", metavar="FILE", help="keep a picture of the latest frame in a file")
    parser.add_argument("--every", type=float, default=0.2, metavar="SECONDS", help="how often to look")
    options = parser.parse_args()

    try:
        if options.summary:
            watch(options.name, options.every, summary)
        elif options.png:
            try:
                file = File(options.name, options.png)
            except ImportError:
                sys.exit("plot.py: a picture needs matplotlib")
            watch(options.name, options.every, file.show)
        elif not options.text and (window := open_window(options.name)):
            watch(options.name, options.every, window.show, window.wait)
            window.keep()
        else:
            watch(options.name, options.every, text)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
