"""Shows the waves of live-share while the solver computes them.

usage: plot.py [NAME] [--text | --summary | --png FILE] [--every SECONDS]

With matplotlib and a display, the frames appear in a window until it is closed. With --png, the
file always contains the latest frame. Otherwise the script draws frames with characters, or prints
one line for each frame (--summary).

The arrays are NumPy files in /dev/shm. numpy.load only maps them, so the script leaves nothing
behind. (Before Python 3.13, multiprocessing.shared_memory would unlink an attached block at exit.)
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
    """Returns both arrays, read-only, as soon as the solver has created them."""
    begin = time.monotonic()
    while True:
        try:
            # The solver creates the state after the frames.
            state = np.load(f"/dev/shm/{name}-state", mmap_mode="r")
            return np.load(f"/dev/shm/{name}", mmap_mode="r"), state
        except FileNotFoundError:
            if time.monotonic() - begin > patience:
                sys.exit(f"plot.py: no process has created an array named {name}")
            time.sleep(0.05)


def latest(frames, state):
    """Returns the latest complete frame: its number, a copy, and the number of earlier torn copies.

    The solver publishes the number of a frame before it writes the frame, and again when the frame
    is complete. Frame n is in slot n % ring, so a copy is valid if the solver has not started frame
    n + ring when the copy is complete. (This is a seqlock: the solver never waits, and the reader
    retries.) x86-64 executes these reads in program order. On arm64, a reader in C would need a
    fence before and after the copy.
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
            sys.exit(f"plot.py: the solver ended before its last frame; its arrays still exist, with frame {shown}")
        if shown < state[LAST]:
            wait(every)
    print(f"{torn} copies were overwritten during copying, and repeated", flush=True)


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
    """Draws a frame with characters. Darker characters are higher waves."""
    shades = np.array(list(" .:-=+*#%@"))
    height, width = max(1, frame.shape[0] // rows), max(1, frame.shape[1] // columns)
    rows, columns = frame.shape[0] // height, frame.shape[1] // width
    blocks = frame[: rows * height, : columns * width].reshape(rows, height, columns, width)
    levels = np.minimum(np.abs(blocks).max(axis=(1, 3)) * len(shades), len(shades) - 1).astype(int)
    print("\n".join("".join(row) for row in shades[levels]))
    summary(number, frame)


class Picture:
    """Frames drawn by matplotlib."""

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
        # Written to a staging file and renamed, so that a reader always finds a complete picture.
        self.figure.savefig(self.path + ".part", format="png")
        os.replace(self.path + ".part", self.path)
        summary(number, frame)


class Window(Picture):
    """The latest frame in a window. The script exits when the window is closed."""

    def __init__(self, name):
        super().__init__(name)
        # A matplotlib without a window system draws nothing, and warns at most.
        if self.figure.canvas.required_interactive_framework is None:
            raise ImportError("this matplotlib opens no windows here")
        self.plt.show(block=False)

    def show(self, number, frame):
        self.draw(number, frame)
        self.figure.canvas.draw_idle()

    def wait(self, seconds):
        # Handles the window's events while waiting. (plt.pause would raise the window each time.)
        self.figure.canvas.start_event_loop(seconds)
        if not self.plt.fignum_exists(self.figure.number):
            sys.exit()

    def keep(self):
        """Shows the last frame until the window is closed."""
        self.plt.show()


def open_window(name):
    """Opens a window. Returns None without a display, or without a matplotlib that can use it."""
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
