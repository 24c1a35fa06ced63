# Who may speak to the test server over TLS; sourced by up.sh. Everything is made once and kept in WORK/tls: an authority,
# the server's certificate, the user heliu's password, client certificate and token.

identities() {
    local tls=$work/tls
    [ -e "$tls/.done" ] && return
    rm -rf "$tls"
    mkdir -p -m 700 "$tls"
    ( # a failure ends up.sh: every step of it is looked at
        cd "$tls"
        exec 2>>"$work/openssl.log"
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=heliu-test-authority -keyout ca.key -out ca.pem
        printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n' >server.ext
        printf 'extendedKeyUsage=clientAuth\n' >client.ext
        signed server /CN=localhost
        signed client /CN=heliu
        cat server.crt server.key >server.pem
        cp client.crt client.pem
        openssl rand -base64 24 >password
        openssl rand -base64 32 >shared-secret
        passwords heliu "$(cat password)" >passwords
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out token.key
        openssl pkey -in token.key -pubout -out token.pub
        token heliu token.key >token
    )
    touch "$tls/.done"
}

# signed NAME SUBJECT: NAME.key and NAME.crt, signed by the authority.
signed() {
    openssl req -new -newkey rsa:2048 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.crt"
}

# passwords USER PASSWORD: a line of Trino's password file, "user:iterations:salt:hash".
passwords() {
    python3 -c '
import hashlib, os, sys
salt = os.urandom(16)
digest = hashlib.pbkdf2_hmac("sha1", sys.argv[2].encode(), salt, 10000, 64)
print(sys.argv[1], f"10000:{salt.hex()}:{digest.hex()}", sep=":")' "$@"
}

# token USER KEY: a JSON web token, signed with the RSA key and good for ten years.
token() {
    local signed
    signed=$(printf '{"alg":"RS256","typ":"JWT"}' | url64).$(printf '{"sub":"%s","exp":%d}' "$1" "$(($(date +%s) + 315360000))" | url64)
    echo "$signed.$(printf %s "$signed" | openssl dgst -sha256 -sign "$2" | url64)"
}

url64() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
