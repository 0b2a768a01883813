# shellcheck shell=sh
# Where the sources of PJSIP come from: upstream's repository, else Debian's source package of Asterisk.

PJSIP_VERSION=2.17
PJSIP_COMMIT=5a457451fa2712ba18e12b01738e8ff3af2b26fd # what upstream's tag 2.17 stands for
PJSIP_UPSTREAM=https://github.com/pjsip/pjproject

# fetch_pjsip DIR: fills the new folder DIR with the sources, or fails saying what to do.
fetch_pjsip() {
    if pjsip_from_upstream "$1" || pjsip_from_debian "$1"; then
        check_pjsip_version "$1"
        return
    fi
    echo "The sources of PJSIP $PJSIP_VERSION could not be had: $PJSIP_UPSTREAM does not answer, and no"
    echo "Debian mirror is among this machine's apt sources. Let this machine reach one of the two."
    return 1
}

# A look at the tag first, with a short time-out: a clone would hang for minutes behind a firewall that
# drops packets.
pjsip_from_upstream() {
    timeout 10 git ls-remote --exit-code "$PJSIP_UPSTREAM" "refs/tags/$PJSIP_VERSION" || return 1
    timeout 300 git clone -q --depth 1 --branch "$PJSIP_VERSION" "$PJSIP_UPSTREAM" "$1" || return 1
    if [ "$(git -C "$1" rev-parse HEAD)" != "$PJSIP_COMMIT" ]; then
        echo "upstream's tag $PJSIP_VERSION is not commit $PJSIP_COMMIT: not used"
        rm -rf "$1"
        return 1
    fi
}

# Debian carries PJSIP as a component of Asterisk's source package, signed like all of its packages. apt
# runs here with lists and sources of its own: nothing of the machine's is changed, no root is needed.
pjsip_from_debian() {
    mirror=$(debian_mirror) && [ -n "$mirror" ] || return 1
    apt_dir=$1.apt
    mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache" "$apt_dir/files" "$1"
    {
        printf 'Types: deb-src\nURIs: %s\nSuites: sid\nComponents: main\n' "$mirror"
        for keyring in /usr/share/keyrings/debian-archive-keyring.pgp \
            /usr/share/keyrings/debian-archive-keyring.gpg; do
            if [ -e "$keyring" ]; then
                printf 'Signed-By: %s\n' "$keyring"
                break
            fi
        done
    } >"$apt_dir/acd.sources"
    own_apt "$apt_dir" update || return 1
    (cd "$apt_dir/files" && own_apt "$apt_dir" source --download-only asterisk) || return 1
    tar -x -f "$apt_dir"/files/asterisk_*.orig-Xpjproject.tar.* -C "$1" --strip-components=1
}

# Signatures are checked, their age is not: a mirror that lags behind has the same PJSIP, and its version
# is checked afterwards.
own_apt() {
    own_dir=$1
    shift
    apt-get -q -o Dir::Etc::sourcelist="$own_dir/acd.sources" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::Lists="$own_dir/lists" -o Dir::Cache="$own_dir/cache" \
        -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any \
        -o Acquire::Check-Valid-Until=false "$@"
}

# debian_mirror: the address from which this machine gets Debian itself, whichever way and in whichever
# file it is written. Origin and Label are those of the signed Release file.
debian_mirror() {
    apt-get indextargets 'Created-By: Packages' | awk -F ': ' '
        $1 == "Repo-URI" { uri = $2 }
        $1 == "Origin" { origin = $2 }
        $1 == "Label" { label = $2 }
        $0 == "" { tell() }
        END { tell() }
        function tell() {
            if (!done && uri != "" && origin == "Debian" && label == "Debian") { print uri; done = 1 }
            uri = origin = label = ""
        }'
}

check_pjsip_version() {
    major=$(sed -n 's/^export PJ_VERSION_MAJOR *:= *//p' "$1/version.mak")
    minor=$(sed -n 's/^export PJ_VERSION_MINOR *:= *//p' "$1/version.mak")
    if [ "$major.$minor" != "$PJSIP_VERSION" ]; then
        echo "These sources are PJSIP $major.$minor; the ACD server needs $PJSIP_VERSION."
        return 1
    fi
}
