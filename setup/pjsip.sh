# shellcheck shell=sh
# The Python module pjsua2, built from PJSIP's sources for this machine's Python: a wheel in the cache.
# The wheels of the package index carry 4 calls (the library's default), which is why there is a build.

# pjsip_key PYTHON: changes with whatever changes the wheel.
pjsip_key() {
    {
        printf '%s\n' "$PJSIP_VERSION" "$PJSIP_COMMIT"
        cat "$setup_dir/pjsip_build.sh" "$setup_dir/config_site.h" "$setup_dir/limits.i" \
            "$setup_dir"/patches/*.patch "$setup_dir"/door/*
        "$1" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))'
        sed -n '/^ID=/p; /^VERSION_ID=/p' /etc/os-release
    } | short_hash
}

# pjsip_dir PYTHON: the folder in the cache that holds the wheel once it is built.
pjsip_dir() {
    printf '%s/pjsip/%s-%s\n' "$(cache_dir)" "$PJSIP_VERSION" "$(pjsip_key "$1")"
}

have_wheel() { [ -e "$1/built" ]; }

# build_wheel PYTHON DIR: in a folder beside DIR, moved into place when it is whole.
build_wheel() {
    log=$2.log
    work=$2.work
    rm -rf "$work" "$2"
    mkdir -p "$work/wheel"
    : >"$log"
    say "building PJSIP $PJSIP_VERSION, once per machine: about 3 minutes on 2 cores (log: $log)"
    step "$log" "  1/4 fetching the sources" fetch_pjsip "$work/source"
    step "$log" "  2/4 configuring" configure_pjsip "$work/source"
    step "$log" "  3/4 compiling the library" make -C "$work/source" -j "$(nproc)" lib
    step "$log" "  4/4 compiling the Python module" compile_module "$1" "$work/source" "$work/wheel"
    touch "$work/wheel/built"
    mv "$work/wheel" "$2"
    rm -rf "$work"
}
