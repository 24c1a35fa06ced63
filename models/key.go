package models

import (
	"crypto/md5"
	"encoding/binary"
	"strings"
)

// UnknownKey is the surrogate key of the unknown member of every dimension.
const UnknownKey int64 = -1

// KeySeparator joins the parts of a natural key before it is hashed (U+001F, unit separator).
const KeySeparator = "\x1f"

// Key63 returns the surrogate key of a natural key: the first eight bytes of the MD5 of its parts, joined by
// [KeySeparator], read big-endian, without the sign bit. It is the same on every machine, engine and order of
// loading; the SQL function key63(text) of the engines' prelude gives the same number.
func Key63(parts ...string) int64 {
	sum := md5.Sum([]byte(strings.Join(parts, KeySeparator)))
	return int64(binary.BigEndian.Uint64(sum[:8]) & (1<<63 - 1))
}
