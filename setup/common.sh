# shellcheck shell=sh
# What every part of the set-up uses: where the cache lies, how to speak, how to run a logged step.

say() { printf 'acd: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

cache_dir() {
    printf '%s\n' "${ACD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/acd}"
}

# short_hash: the first 12 digits of the SHA-256 of standard input.
short_hash() {
    sha256sum | cut -c 1-12
}

# step LOG TEXT COMMAND...: says TEXT, runs COMMAND with all it prints in LOG; if it fails, shows the
# end of LOG and where it lies, and ends the script.
step() {
    step_log=$1
    say "$2"
    shift 2
    if ! "$@" >>"$step_log" 2>&1 </dev/null; then
        say "that failed; the last 30 lines of $step_log:"
        tail -n 30 "$step_log" >&2
        die "the whole log: $step_log"
    fi
}

# lock NAME: waits until no other ./acd does NAME; the lock ends with unlock or with this process.
lock() {
    mkdir -p "$(cache_dir)"
    exec 9>"$(cache_dir)/$1.lock"
    if ! flock --nonblock 9; then
        say "another ./acd is at work ($1): waiting for it"
        flock 9
    fi
}

unlock() { exec 9>&-; }
