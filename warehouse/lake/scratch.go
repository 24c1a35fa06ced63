package lake

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// windowBytes is how far back a page's compression looks.
const windowBytes = 1 << 20

// scratch is what encoding a page needs for a moment. The lake keeps as many as are at work at once, whatever the
// number of tables and columns.
type scratch struct {
	encoder *zstd.Encoder
	encoded []byte
	packed  []byte
	narrow  []int32
	header  bytes.Buffer
}

// takeScratch is a scratch of the caller's own until it is given back.
func (l *Lake) takeScratch() (*scratch, error) {
	l.scratchMutex.Lock()
	defer l.scratchMutex.Unlock()
	if n := len(l.scratches); n > 0 {
		s := l.scratches[n-1]
		l.scratches = l.scratches[:n-1]
		return s, nil
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(windowBytes),
		zstd.WithLowerEncoderMem(true), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &scratch{encoder: encoder}, nil
}

func (l *Lake) giveScratch(s *scratch) {
	l.scratchMutex.Lock()
	defer l.scratchMutex.Unlock()
	l.scratches = append(l.scratches, s)
}

// pack compresses p; the result is valid until the next call.
func (s *scratch) pack(p []byte) []byte {
	s.packed = s.encoder.EncodeAll(p, s.packed[:0])
	return s.packed
}

// head encodes a page's header; the result is valid until the next call.
func (s *scratch) head(h *format.PageHeader) ([]byte, error) {
	s.header.Reset()
	err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&s.header)).Encode(h)
	return s.header.Bytes(), err
}
