# Makes the virtual environment; `run` and `test` read this file, standing in the project's folder.

say() { printf '%s\n' "$*" >&2; }

# The first Python that is new enough.
find_python() {
  local name
  for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 &&
      "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s\n' "$name"
      return
    fi
  done
  say "Backroom needs Python 3.11 or newer; none was found. Install it, or name it: PYTHON=/path/to/python $0"
  return 1
}

make_venv() {
  local python
  if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then return; fi
  python=$(find_python)
  say "Making the virtual environment .venv …"
  rm -rf .venv
  "$python" -m venv .venv >/dev/null 2>&1 && return
  rm -rf .venv
  if command -v uv >/dev/null 2>&1 && uv venv --quiet --seed --python "$python" .venv; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "This Python can't make virtual environments; installing Debian's python3-venv …"
    { apt-get update && apt-get install -y --no-install-recommends python3-venv; } >/dev/null 2>&1 || true
    "$python" -m venv .venv && return
  fi
  say "\"$python -m venv\" does not work here. On Debian and Ubuntu: apt install python3-venv"
  return 1
}

# install NAME: the packages of NAME.txt, unless exactly these are there.
install() {
  local wanted stamp=".venv/.$1"
  wanted=$(.venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1.txt")
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
  say "Installing what $1.txt names …"
  if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python .venv/bin/python --require-hashes -r "$1.txt"
  elif .venv/bin/python -c 'import uv' 2>/dev/null; then
    .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --require-hashes -r "$1.txt"
  else
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r "$1.txt"
  fi
  printf '%s\n' "$wanted" >"$stamp"
}

# prepare NAME…: one at a time, however many start at once.
prepare() {
  local name
  exec 9>.venv.lock
  if command -v flock >/dev/null 2>&1; then flock 9; fi
  make_venv
  for name in "$@"; do install "$name"; done
  exec 9>&- # or every process started later would hold the lock
}
