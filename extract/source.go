package extract

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// Config is one entry under `sources:` of a project's file.
type Config struct {
	Name      string         // "tmall"
	Connector string         // "taobao"
	Settings  map[string]any // as written; ${NAME} in a text is replaced through Deps.Env when the source is opened
	Elsewhere bool           // another program reads it: it is opened to look at, without its secrets, and cannot be read
	Streams   *yaml.Node     // streams declared in the project's file in the connector's format (files, sqldb), or nil
	File      string         // where it is written, for errors
	Line      int
	Lines     map[string]int // of the settings, by name; may be nil
}

// Deps is all that a source reaches the world through.
type Deps struct {
	Lake        *lake.Lake                                 // nil is enough to Test and to look
	Kinds       []Kind                                     // the ways in, see package extract/kinds
	Connectors  []fs.FS                                    // folders of connectors, later ones first: the embedded one and a project's
	Now         func() time.Time                           // nil: time.Now
	Random      func() uint64                              // nonces, jitter of retries
	Transport   http.RoundTripper                          // nil: the default one
	Env         func(name string) (string, bool)           // for ${NAME} in settings
	PersonalKey []byte                                     // the project's key for personal fields; needed when a connector has any
	Log         *slog.Logger                               // nil: silent
	Progress    func(Progress)                             // called after each page; nil: nobody looks
	Crash       func(point string)                         // called at the numbered crash points; nil in production
	Wait        func(context.Context, time.Duration) error // how to wait; nil: a timer
	Tokens      Tokens                                     // keeps renewed tokens between runs; nil: they are forgotten
	Dir         string                                     // the project's folder
}

// Tokens keeps secrets that a system renewed: its refresh token may be good for one use only, so that the configured one
// is dead after the first renewal.
type Tokens interface {
	// Load gives the renewed values of a source by setting; none is no error.
	Load(source string) (map[string]string, error)
	// Save keeps values of a source beside those it has, durably, before they are used.
	Save(source string, values map[string]string) error
}

// Progress says how far a read is.
type Progress struct {
	Source, Stream string
	From, To       time.Time
	Rows           int64 // read in this slice so far
}

// Options say what to read.
type Options struct {
	From, To time.Time // read again exactly this time range, beside the cursor; zero: go on from the cursor
	Full     bool      // read everything again
	Holds    string    // of a pushed batch, a digest of its records: batches that hold others never have one name; "" for what is pulled
}

// asked says that the caller, not the cursor, said what to read.
func (o Options) asked() bool { return o.Full || !o.From.IsZero() || !o.To.IsZero() }

// Source is an opened source: one configured system.
type Source struct {
	cfg      Config
	con      *Connector
	reader   Reader
	deps     Deps
	params   map[string]string
	codes    map[string]map[string]string // settings that are code tables
	start    string
	redact   *Redactor
	personal *hasher
	marks    map[string]string // by secret setting, which configured value a renewed one follows
}

// StreamInfo describes a raw table of a source.
type StreamInfo struct {
	Name     string
	Title    Title
	Table    string             // raw.<source>__<stream>
	Columns  []warehouse.Column // the declared ones, then the lake's own
	Key      []string
	Cursor   string
	Parent   string   // the stream whose records it is part of; "" for streams that are read themselves
	Children []string // the streams its records are split into
	Personal []string // columns that are hashed or dropped at landing
}

// Name is the configured name.
func (s *Source) Name() string { return s.cfg.Name }

// Connector is how the source is talked to.
func (s *Source) Connector() *Connector { return s.con }

// Params are the settings that mappings may use as :name, secrets left out; :source is the configured name.
func (s *Source) Params() map[string]string { return s.params }

// Mappings tells how the source's raw tables conform to entities.
func (s *Source) Mappings() []models.Mapping {
	var all []models.Mapping
	s.con.Walk(func(st *Stream) {
		for _, m := range st.Maps {
			m.Source, m.Stream, m.Table = s.cfg.Name, st.Name, "raw."+TableName(s.cfg.Name, st.Name)
			m.Fields = slices.Clone(m.Fields)
			for i := range m.Fields {
				if setting, ok := m.Fields[i].Codes[codesSetting]; ok {
					m.Fields[i].Codes = s.codes[setting] // nil, the value as it is, when the project gives no table
				}
			}
			all = append(all, m)
		}
	})
	return all
}

// Streams lists the raw tables, parents before children.
func (s *Source) Streams() []StreamInfo {
	var all []StreamInfo
	s.con.Walk(func(st *Stream) {
		info := StreamInfo{Name: st.Name, Title: st.Title, Table: "raw." + TableName(s.cfg.Name, st.Name), Columns: tableColumns(st), Key: st.Key, Cursor: st.cursorColumn()}
		if st.Parent != nil {
			info.Parent = st.Parent.Name
		}
		for _, c := range st.Children {
			info.Children = append(info.Children, c.Name)
		}
		for _, f := range st.Columns() {
			if f.Personal != "" {
				info.Personal = append(info.Personal, f.Name)
			}
		}
		all = append(all, info)
	})
	return all
}

// Test asks the system one cheap question with the configured credentials.
func (s *Source) Test(ctx context.Context) error {
	if s.cfg.Elsewhere {
		return s.elsewhere()
	}
	t, ok := s.reader.(Tester)
	if !ok {
		return nil
	}
	return s.redact.Error(t.Test(ctx))
}

// Close releases what the source holds open.
func (s *Source) Close() error {
	if c, ok := s.reader.(Closer); ok {
		return s.redact.Error(c.Close())
	}
	return nil
}
