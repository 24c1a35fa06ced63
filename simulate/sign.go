package simulate

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strings"
)

// sorted joins the pairs by key, without separators, leaving out some keys.
func sorted(params map[string]string, without ...string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(without, key) {
			b.WriteString(key)
			b.WriteString(params[key])
		}
	}
	return b.String()
}

// signTOP is Taobao's signature: method is md5, hmac or hmac-sha256.
func signTOP(params map[string]string, secret, method string) string {
	text := sorted(params, "sign")
	switch method {
	case "hmac":
		return strings.ToUpper(keyed(md5.New, secret, text))
	case "hmac-sha256":
		return strings.ToUpper(keyed(sha256.New, secret, text))
	}
	return strings.ToUpper(hexMD5(secret + text + secret))
}

// signJushuitan is the openapi v2 signature: the secret stands in front only.
func signJushuitan(params map[string]string, secret string) string {
	return hexMD5(secret + sorted(params, "sign"))
}

// signDouyin is the shop API's signature over the exact body.
func signDouyin(key, secret, method, body, timestamp, version string) string {
	text := secret + "app_key" + key + "method" + method + "param_json" + body + "timestamp" + timestamp + "v" + version + secret
	return keyed(sha256.New, secret, text)
}

func keyed(of func() hash.Hash, secret, text string) string {
	mac := hmac.New(of, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// same compares signatures without telling how far they agree.
func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }
