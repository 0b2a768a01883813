# shellcheck shell=sh
# How PJSIP is configured and compiled. This file is part of the wheel's key: a change builds it anew.

# Without what Debian leaves out of its copy of the sources (bundled codecs, echo cancellers, one sound
# driver) and what an ACD has no use for (sound cards, video, UPnP). Codecs that stay: G.711, G.722, Opus.
configure_pjsip() (
    cd "$1" || exit 1
    for patch in "$setup_dir"/patches/*.patch; do
        patch -p1 <"$patch" || exit 1
    done
    cat "$setup_dir/limits.i" >>pjsip-apps/src/swig/pjsua2.i &&
        cp "$setup_dir/config_site.h" pjlib/include/pj/config_site.h &&
        sed -i 's/bdimad_dev\.o//' pjmedia/build/Makefile &&
        # The door is C of our own in the same extension: no second library, no headers at run time.
        cp -r "$setup_dir/door" pjsip-apps/src/swig/python/ &&
        sed -i 's/\["pjsua2_wrap.cpp"\]/["pjsua2_wrap.cpp"] + sorted(__import__("glob").glob("door\/*.c"))/' \
            pjsip-apps/src/swig/python/setup.py &&
        # The wrapper alone at -O1 without debug symbols: far faster to compile, no slower to call.
        sed -i 's/^# Fill in libraries$/extra_compile_args += ["-g0", "-O1"]/' \
            pjsip-apps/src/swig/python/setup.py &&
        CFLAGS='-O2 -fPIC -DNDEBUG' ./configure \
            --enable-epoll --with-external-srtp --disable-sound --disable-video --disable-upnp \
            --disable-resample --enable-libsamplerate --disable-libwebrtc --disable-libyuv \
            --disable-speex-aec --disable-speex-codec --disable-gsm-codec --disable-ilbc-codec \
            --disable-g7221-codec --disable-l16-codec --disable-sdl --disable-ffmpeg --disable-v4l2 \
            --disable-openh264 --disable-vpx --disable-bcg729 --disable-silk --disable-opencore-amr
)

# compile_module PYTHON SOURCE DIR: the wheel, in DIR. setuptools comes in an environment of its own.
compile_module() {
    "$1" -m venv "$3.venv" &&
        "$3.venv/bin/pip" install --disable-pip-version-check -q 'setuptools>=70.1,<90' &&
        make -C "$2/pjsip-apps/src/swig/python" PYTHON_EXE="$3.venv/bin/python" wheel &&
        cp "$2"/pjsip-apps/src/swig/python/dist/pjsua2-*.whl "$3"
}
