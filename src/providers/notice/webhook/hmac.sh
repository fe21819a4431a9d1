# HMAC-SHA256 (RFC 2104) with the tools of every image: openssl takes the key as an argument, where others can read it.

hexadecimal() {
    od -An -v -tx1 | tr -d ' \n'
}

bytes() { # bytes HEXADECIMAL
    bytes_left=$1
    while [ -n "$bytes_left" ]; do
        bytes_rest=${bytes_left#??}
        # shellcheck disable=SC2059 # the format is the byte
        printf "\\$(printf '%03o' "0x${bytes_left%"$bytes_rest"}")"
        bytes_left=$bytes_rest
    done
}

xored() { # xored HEXADECIMAL NUMBER: each byte with the number
    xored_left=$1
    while [ -n "$xored_left" ]; do
        xored_rest=${xored_left#??}
        printf '%02x' "$((0x${xored_left%"$xored_rest"} ^ $2))"
        xored_left=$xored_rest
    done
}

sum() {
    sha256sum | cut -c1-64
}

hmac() { # hmac KEY FILE: prints it in hexadecimal
    hmac_key=$(printf '%s' "$1" | hexadecimal)
    [ "${#hmac_key}" -le 128 ] || hmac_key=$(printf '%s' "$1" | sum)
    while [ "${#hmac_key}" -lt 128 ]; do hmac_key=${hmac_key}00; done
    hmac_inner=$({ bytes "$(xored "$hmac_key" 54)" && cat "$2"; } | sum)
    { bytes "$(xored "$hmac_key" 92)" && bytes "$hmac_inner"; } | sum
}
