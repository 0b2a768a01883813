# shellcheck shell=sh
# System packages: which are missing, and how they come onto the machine.

# To build PJSIP: libsrtp2, opus and OpenSSL are its codecs and ciphers, libsamplerate its resampler.
PACKAGES_BUILD='build-essential ca-certificates git libopus-dev libsamplerate0-dev libsrtp2-dev
    libssl-dev swig uuid-dev'
PACKAGES_TEST='sip-tester shellcheck'
# Kamailio, linphone and Perl's Net::SIP are other makes of call servers and phones; iproute2 and
# nftables make the hosts and the NAT between them.
PACKAGES_INTEROP='debootstrap iproute2 kamailio kamailio-presence-modules libnet-sip-perl
    linphone-cli nftables'

# missing_packages NAME...: those that dpkg does not have, one a line. "a|b" is a or, failing it, b:
# some libraries were renamed between Debian 12 and 13.
missing_packages() {
    for wanted in "$@"; do
        found=
        for name in $(printf '%s' "$wanted" | tr '|' ' '); do
            status=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || status=
            [ "$status" = installed ] && found=$name
        done
        [ -n "$found" ] || printf '%s\n' "$wanted"
    done
}

# apt_name NAME|NAME...: the first of them that apt can install, else the last.
apt_name() {
    for name in $(printf '%s' "$1" | tr '|' ' '); do
        if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
            break
        fi
    done
    printf '%s\n' "$name"
}

# privilege: how to become root without asking when nobody is there to answer; fails if there is none.
privilege() {
    if [ "$(id -u)" -eq 0 ]; then
        echo env
    elif ! command -v sudo >/dev/null; then
        return 1
    elif sudo -n true 2>/dev/null; then
        echo sudo -n
    elif [ -t 0 ] && [ -t 2 ]; then
        echo sudo
    else
        return 1
    fi
}

# need_packages NAME...: returns at once when all are there; else installs, or prints what to run.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "no dpkg here: on Debian and Ubuntu these packages are installed by itself: $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # a list of names
    set -- $missing
    if ! as_root=$(privilege); then
        say "these system packages are missing, and this user may not install them. Run once:"
        printf '    sudo apt-get update && sudo apt-get install --no-install-recommends -y %s\n' \
            "$(first_names "$@")" >&2
        exit 1
    fi
    install_packages "$as_root" "$@"
}

first_names() {
    names=
    for wanted in "$@"; do
        names="$names $(apt_name "$wanted")"
    done
    printf '%s\n' "${names# }"
}

# install_packages ROOT NAME...: ROOT is the command that runs another one as root.
install_packages() {
    as_root=$1
    shift
    log=$(cache_dir)/apt.log
    mkdir -p "$(cache_dir)"
    if [ -z "${lists_are_new:-}" ]; then
        : >"$log"
        # shellcheck disable=SC2086  # "sudo -n" is two words
        step "$log" "reading the package lists" $as_root apt-get -q update
        lists_are_new=yes
    fi
    names=$(first_names "$@")
    # shellcheck disable=SC2086
    step "$log" "installing system packages: $names" $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install --no-install-recommends -y $names
    # shellcheck disable=SC2086
    case " $names " in
    # The tests start it themselves, on hosts of their own; its package starts it on this machine.
    *" kamailio "*)
        [ ! -d /run/systemd/system ] ||
            step "$log" "stopping Kamailio" $as_root systemctl disable --now kamailio
        ;;
    esac
}
