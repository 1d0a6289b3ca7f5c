# What scripts/demo and scripts/test have in common. To be sourced, with $top set to
# the source folder.

# Everything built lies in here, a folder for each way of building it.
builds=${USHER_BUILDS:-$top/build}
jobs=$(nproc 2>/dev/null || echo 2)

say() {
	printf '\n== %s\n' "$*"
}

fail() {
	printf '%s\n' "$*" >&2
	exit 2
}

# The packages of scripts/packages for these purposes.
packages_for() {
	for purpose; do
		sed -n "s/^$purpose  *//p" "$top/scripts/packages"
	done | tr ' ' '\n' | sort -u
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Installs what is missing of the packages for these purposes.
need_packages() {
	command -v dpkg-query >/dev/null || {
		echo "This is no Debian; scripts/packages says what is needed."
		return
	}
	missing=
	for package in $(packages_for "$@"); do
		is_installed "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		fail "Please install:$missing"
	say "installing$missing"
	as_root apt-get update -qq || fail "apt-get update failed"
	# A mail server that is installed here is not to start: tests run their own.
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -qq --no-install-recommends $missing \
		>"${TMPDIR:-/tmp}/usher-packages.$$" 2>&1 || {
		cat "${TMPDIR:-/tmp}/usher-packages.$$"
		fail "could not install:$missing"
	}
	rm -f "${TMPDIR:-/tmp}/usher-packages.$$"
}

# build NAME [COMPILER] [OPTION...]: configures $builds/NAME once, and makes it.
build() {
	name=$1 compiler=$2
	shift 2
	[ -x "$top/configure" ] && [ "$top/configure" -nt "$top/configure.ac" ] ||
		"$top/bootstrap" >/dev/null 2>&1 || fail "bootstrap failed"
	mkdir -p "$builds/$name"
	(
		cd "$builds/$name" || exit 1
		[ -f Makefile ] || CC=$compiler "$top/configure" -q "$@" || exit 1
		make -s -j "$jobs" all
	) || fail "$name does not build"
}
