package lake

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/models"
)

const (
	pageRows        = 20480   // rows of a page; six pages are a row group
	pageBytes       = 1 << 20 // bytes of a column's text after which a page that is copied ends earlier
	batchText       = 2 << 20 // bytes of text of all columns after which the pages of a batch end earlier
	dictionaryBytes = 1 << 20 // a column's dictionary; past it the pages of the row group are plain
	keptBytes       = 4 << 20 // a larger buffer is not kept for the next batch
	sampleRows      = 4096    // after so many different texts no dictionary is tried
)

// chunk is one column of the open row group. Values are gathered in the column's own type until a page of them is full;
// then the page is encoded by parquet-go's encoders, compressed and kept until the row group is written.
//
// Whole numbers, dates, times and decimals are delta packed. Texts are numbers of a dictionary as long as they repeat.
// A page that does not get smaller by a tenth is kept as it is; hashes are not tried.
type chunk struct {
	name   string
	typ    models.Type
	kind   parquet.Kind
	length int  // bytes of a FixedLenByteArray
	hashes bool // values are hashes
	plain  bool // no dictionary: the texts of the first page hardly repeated

	fill *fill // of rows without a value; nil is null

	levels  []byte  // of the open page: 1 for a value, 0 for null
	nulls   int     // of the open page
	longs   []int64 // of the open page: numbers, or the bits of floats
	text    []byte  // of the open page: texts, each behind its length
	last    int     // where the last text begins in text
	indexes []int32 // of the open page: numbers in words
	size    int     // bytes of texts of the open page, those of words included

	words     words
	overflow  bool // the dictionary is full; pages of this row group are plain
	pages     []byte
	indexed   int    // pages of the row group that use the dictionary
	count     int    // pages of the row group
	useless   int    // pages in a row that compression did not make smaller
	raw       int64  // uncompressed bytes of the pages with their headers
	encodings uint32 // a bit for each format.Encoding used
	meta      chunkMeta
}

// chunkMeta counts the values of a chunk's pages.
type chunkMeta struct {
	rows, nulls int64
	low, high   int64 // the least and the greatest, if bounded
	bounded     bool
}

func newChunk(c column, node parquet.Node) *chunk {
	t := node.Type()
	out := &chunk{name: c.Name, typ: c.Type, kind: t.Kind(), hashes: c.Name == KeyHashColumn}
	if out.kind == parquet.FixedLenByteArray {
		out.length = t.Length()
	}
	return out
}

func (c *chunk) null() {
	c.levels = append(c.levels, 0)
	c.nulls++
}

func (c *chunk) long(v int64) {
	c.levels = append(c.levels, 1)
	c.longs = append(c.longs, v)
}

// fixed appends bytes of the column's fixed length.
func (c *chunk) fixed(s []byte) {
	c.levels = append(c.levels, 1)
	c.last = len(c.text)
	c.text = append(c.text, s...)
}

func (c *chunk) string(s string) {
	c.levels = append(c.levels, 1)
	c.size += len(s)
	if c.plain || c.overflow {
		c.last = len(c.text)
		c.text = append(binary.LittleEndian.AppendUint32(c.text, uint32(len(s))), s...)
		return
	}
	c.indexes = append(c.indexes, c.words.number(s))
	if c.words.bytes() > dictionaryBytes {
		c.spell()
		c.overflow = true
	} else if len(c.indexes) == sampleRows && c.count == 0 && c.words.len() > sampleRows*19/20 {
		c.forgetWords()
	}
}

// goTo makes the open page have just so many rows: the last value goes, or rows without a value come.
func (c *chunk) goTo(rows int) {
	if len(c.levels) > rows {
		c.undo()
	}
	for len(c.levels) < rows {
		switch {
		case c.fill == nil:
			c.null()
		case c.kind == parquet.ByteArray:
			c.string(c.fill.text)
		default:
			c.long(c.fill.long)
		}
	}
}

// value appends a value of another file.
func (c *chunk) value(v parquet.Value) {
	switch {
	case v.IsNull():
		c.null()
	case c.kind == parquet.ByteArray:
		c.string(stringOf(v.ByteArray()))
	case c.kind == parquet.FixedLenByteArray:
		c.fixed(v.ByteArray())
	case c.kind == parquet.Boolean:
		c.long(boolLong(v.Boolean()))
	case c.kind == parquet.Int32:
		c.long(int64(v.Int32()))
	case c.kind == parquet.Float:
		c.long(int64(math.Float32bits(v.Float())))
	case c.kind == parquet.Double:
		c.long(int64(math.Float64bits(v.Double())))
	default:
		c.long(v.Int64())
	}
}

// undo takes back the last value.
func (c *chunk) undo() {
	end := len(c.levels) - 1
	switch {
	case c.levels[end] == 0:
		c.nulls--
	case c.kind != parquet.ByteArray && c.kind != parquet.FixedLenByteArray:
		c.longs = c.longs[:len(c.longs)-1]
	case len(c.indexes) > 0:
		c.indexes = c.indexes[:len(c.indexes)-1]
	default:
		c.text = c.text[:c.last]
	}
	c.levels = c.levels[:end]
}

// forgetWords gives up the dictionary before any page has used it.
func (c *chunk) forgetWords() {
	c.spell()
	c.plain = true
	c.words.reset()
}

// spell makes the open page plain: its numbers become the texts that they stand for.
func (c *chunk) spell() {
	for _, i := range c.indexes {
		s := c.words.at(i)
		c.last = len(c.text)
		c.text = append(binary.LittleEndian.AppendUint32(c.text, uint32(len(s))), s...)
	}
	c.indexes = c.indexes[:0]
}

// reset makes the chunk ready for the next row group.
func (c *chunk) reset() {
	c.words.reset()
	c.overflow, c.pages, c.indexed, c.count, c.useless, c.raw, c.encodings, c.meta = false, c.pages[:0], 0, 0, 0, 0, 0, chunkMeta{}
}

// forget makes the chunk what a new one is, but for its memory.
func (c *chunk) forget() {
	c.empty()
	c.plain, c.fill = false, nil
	if cap(c.text) > keptBytes {
		c.text = nil
	}
	if cap(c.pages) > keptBytes {
		c.pages = nil
	}
}

// empty begins the next page.
func (c *chunk) empty() {
	c.levels, c.nulls, c.longs, c.text, c.indexes, c.size = c.levels[:0], 0, c.longs[:0], c.text[:0], c.indexes[:0], 0
}

func boolLong(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
