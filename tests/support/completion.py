"""Types into a real interactive shell in a pseudo-terminal and prints what became of the line.

    completion.py SHELL CONFIG_LINE KEYS WANTED...   SHELL: zsh or fish. Status 0 once the screen has shown every WANTED.
"""
import os
import pty
import re
import select
import sys
import time

shell, setup, keys, wanted = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
arguments = {"zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--private", "-i"]}[shell]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="xterm", LC_ALL="C.UTF-8")
    os.execvp(arguments[0], arguments)
screen = b""


def wait_for(text, seconds=160):
    """Until what the shell has written holds the text; questions about the terminal are answered."""
    global screen
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if text in re.sub(rb"\x1b\[[0-9;?>]*[a-zA-Z]|\x1b\][^\x07\x1b]*\x07?|\x1b[()].", b"", screen):
            return True
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            new = os.read(terminal, 65536)
        except OSError:
            return False
        if b"\x1b[6n" in new:
            os.write(terminal, b"\x1b[1;1R")
        if b"\x1b[c" in new or b"\x1b[0c" in new:
            os.write(terminal, b"\x1b[?62;c")
        screen += new
    return False


# What is printed differs from what was typed, so that the echo is not taken for it.
os.write(terminal, (setup + "; echo rea''dy\r").encode())
good = wait_for(b"ready")
screen = b""
os.write(terminal, keys.encode().decode("unicode_escape").encode())
for text in wanted if good else []:
    good = good and wait_for(text.encode())
if not good:
    print(screen.decode(errors="replace"))
os.kill(pid, 9)
sys.exit(0 if good else 1)
