# shellcheck shell=sh
# Which Python runs the server, and the virtual environment in the cache that holds what it needs.

# The system's own: distributions build it optimised by profile and at link time, pyenv by default does not.
# The same call took 1.6 to 1.8 times the processor time with pyenv's 3.11.7 as with Debian's 3.11.2.
system_python=/usr/bin/python3

# find_python: the path of the system's Python, or else of the newest of the tried versions, that starts and
# is at least 3.11. A pyenv shim may be there and not start, or depend on the folder it is called from: so
# the path is what Python says. 3.14 and later only as plain python3: not all packages have wheels for them
# from their first day.
find_python() {
    for name in "$system_python" python3.13 python3.12 python3.11 python3; do
        path=$("$name" -c 'import sys
print(sys.executable)
sys.exit(sys.version_info < (3, 11))' 2>/dev/null) || continue
        printf '%s\n' "$path"
        return 0
    done
    return 1
}

# python_packages PYTHON: the system packages without which PYTHON cannot make a virtual environment or
# compile a module. Debian keeps both apart from the interpreter.
python_packages() {
    "$1" - <<'END'
import importlib.util, os, sys, sysconfig
name = f"python{sys.version_info.major}.{sys.version_info.minor}"
if importlib.util.find_spec("ensurepip") is None:
    print(f"{name}-venv")
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print(f"{name}-dev")
END
}

# venv_key PYTHON WHEEL_DIR: changes with whatever changes the environment.
venv_key() {
    {
        "$1" -c 'import sys; print(sys.version, sys.base_prefix)'
        basename "$2"
        requirements "$1"
        requirements "$1" test
    } | short_hash
}

# requirements PYTHON [EXTRA]: what pyproject.toml asks for, one a line.
requirements() {
    "$1" - "$project_dir/pyproject.toml" "${2:-}" <<'END'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
chosen = project["optional-dependencies"][sys.argv[2]] if sys.argv[2] else project["dependencies"]
print("\n".join(chosen))
END
}

# make_venv PYTHON WHEEL_DIR DIR
make_venv() {
    log=$3.log
    mkdir -p "$(dirname "$3")"
    # Each is some 440 MB: those that no ./acd has used for a month go.
    find "$(dirname "$3")" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
    : >"$log"
    rm -rf "$3"
    requirements "$1" >"$3.txt"
    step "$log" "making the Python environment $3" "$1" -m venv "$3"
    step "$log" "installing Python packages (about 140 MB, once)" \
        "$3/bin/pip" install --disable-pip-version-check -r "$3.txt" "$2"/pjsua2-*.whl
    step "$log" "trying pjsua2" "$3/bin/python" -c 'import pjsua2; pjsua2.ACD_MAX_CALLS'
    touch "$3/.extra-" "$3/.made"
}

# add_extra PYTHON DIR EXTRA: the packages of one optional list.
add_extra() {
    log=$2-$3.log
    : >"$log"
    requirements "$1" "$3" >"$2.$3.txt"
    step "$log" "installing Python packages for $3" \
        "$2/bin/pip" install --disable-pip-version-check -r "$2.$3.txt"
    touch "$2/.extra-$3"
}
