package trino

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/heliu-data/heliu/warehouse"
)

// StatementError is a statement that the cluster refused, or did not answer to its end.
type StatementError struct {
	Statement    string // shortened, on one line
	Name         string // Trino's own name of the error, such as TABLE_NOT_FOUND; "" when the cluster could not be reached
	Type         string // USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES or EXTERNAL
	QueryID      string // as the cluster's own pages show it; "" when it took no statement
	Line, Column int    // where in the statement, from 1; 0 when Trino does not say
	Err          error

	status int    // of HTTP, when the server answered with no error of Trino's
	server string // host and port
}

func (e *StatementError) Error() string {
	var b strings.Builder
	b.WriteString(e.Err.Error())
	if remedy := e.remedy(); remedy != "" {
		b.WriteString(": " + remedy)
	}
	var where []string
	if e.Name != "" {
		where = append(where, e.Name)
	}
	if e.QueryID != "" {
		where = append(where, "query "+e.QueryID)
	}
	where = append(where, "in: "+e.Statement)
	return b.String() + " [" + strings.Join(where, ", ") + "]"
}

// Unwrap returns the driver's error, or the context's.
func (e *StatementError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, warehouse.ErrNoTable) work.
func (e *StatementError) Is(target error) bool {
	return target == warehouse.ErrNoTable && (e.Name == "TABLE_NOT_FOUND" || e.Name == "SCHEMA_NOT_FOUND")
}

// remedy says in one line what the reader can do about the error.
func (e *StatementError) remedy() string {
	switch e.Name {
	case "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "CLUSTER_OUT_OF_MEMORY":
		return "the cluster has too little memory for the statement; raise query.max-memory or query.max-memory-per-node, or add workers, and run again"
	case "EXCEEDED_TIME_LIMIT", "EXCEEDED_CPU_LIMIT", "EXCEEDED_SCAN_LIMIT":
		return "the cluster's own limit for one statement was reached; raise it for this user, or by warehouse.session where the cluster allows it (query_max_run_time: 4h), and run again"
	case "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED":
		return "an administrator of the cluster stopped the statement; ask why, and run again"
	case "SERVER_STARTING_UP":
		return "the cluster is starting; run again in a minute"
	case "QUERY_QUEUE_FULL":
		return "too many statements wait in the cluster's queue; run again later, or ask for a resource group of your own"
	case "NO_NODES_AVAILABLE":
		return "the cluster has no worker; start one and run again"
	case "ICEBERG_COMMIT_ERROR", "TRANSACTION_CONFLICT":
		return "somebody else changed the table meanwhile; run again"
	case "PERMISSION_DENIED":
		return "the user may not do this on the cluster; an administrator can allow it"
	case "CATALOG_NOT_FOUND":
		return "the cluster has no such catalog; compare the address with `show catalogs`"
	case "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND":
		return "the cluster sees no such table; where `heliu lake list` names it, the cluster's catalog is not this lake's: the same database, iceberg.jdbc-catalog.catalog-name=wh"
	case "ICEBERG_CATALOG_ERROR":
		return "the cluster cannot read the lake's catalog in PostgreSQL; check iceberg.jdbc-catalog.connection-* of its catalog"
	case "ICEBERG_FILESYSTEM_ERROR", "ICEBERG_CANNOT_OPEN_SPLIT", "ICEBERG_WRITER_OPEN_ERROR", "ICEBERG_WRITER_CLOSE_ERROR", "ICEBERG_INVALID_METADATA", "ICEBERG_MISSING_METADATA":
		return "the cluster cannot read or write the lake's files; check s3.* of its catalog and the rights of its key"
	case "QUERY_REJECTED":
		return "no resource group of the cluster takes the statement; ask for one for the source heliu"
	case "":
		return e.remedyUnnamed()
	}
	if brief(e.Name) {
		return "a server of the cluster went away while the statement ran; run again"
	}
	return ""
}

// remedyUnnamed is for what the cluster did not say itself.
func (e *StatementError) remedyUnnamed() string {
	switch {
	case e.status == http.StatusUnauthorized:
		return "the cluster does not accept who asks; check user, password, token or client certificate"
	case e.status == http.StatusForbidden:
		return "the cluster refuses this user or this way in; it may want https (?SSL=true in the address)"
	case e.forgotten():
		return "the cluster does not know the statement any more, it was restarted while the statement ran; run again"
	case e.status == http.StatusNotFound, e.status == http.StatusMethodNotAllowed, e.status == http.StatusBadRequest:
		return "what answers at " + e.server + " is no Trino; check host and port"
	case e.status == http.StatusBadGateway, e.status == http.StatusServiceUnavailable, e.status == http.StatusGatewayTimeout:
		return "the cluster is not up behind " + e.server + "; run again when it is"
	case dialed(e.Err) && e.QueryID != "":
		return "the cluster went away while the statement ran; start it and run again"
	}
	return unreached(e.Err, e.server)
}

// forgotten reports whether the cluster no longer knows the statement that it took.
func (e *StatementError) forgotten() bool {
	return e.QueryID != "" && (e.status == http.StatusNotFound || e.status == http.StatusGone || errors.Is(e.Err, errBroken))
}

// unreached says what to do about an error of the network, "" when err is none.
func unreached(err error, server string) string {
	var dns *net.DNSError
	var op *net.OpError
	text := err.Error()
	switch {
	case over(err):
		return ""
	case errors.As(err, &dns):
		return "the host is unknown; check the address of the cluster"
	case dialed(err):
		return "no cluster answers at " + server + "; start it, or check host and port"
	case strings.Contains(text, "unknown authority"):
		return "the certificate of " + server + " is signed by somebody this machine does not trust; give the signer's certificate (ca)"
	case strings.Contains(text, "tls: ") && strings.Contains(text, "certificate required"):
		return "the cluster wants a client certificate (certificate, certificate_key)"
	case strings.Contains(text, "malformed HTTP response"):
		return server + " speaks no http; if it speaks https, add ?SSL=true to the address"
	case strings.Contains(text, "HTTP response to HTTPS client"):
		return server + " speaks http; take ?SSL=true out of the address, or give the port of https"
	case strings.Contains(text, "tls: "), strings.Contains(text, "x509: "):
		return "no safe line to " + server + "; check its certificate, its name in the address, and the client certificate"
	case silent(err):
		return server + " does not answer any more; look at the cluster, and run again"
	case errors.As(err, &op), broke(err):
		return "the line to " + server + " broke; run again, or check host and port if it never worked"
	}
	return ""
}

// statementError says what became of a statement. Secrets are taken out of what a server answered.
func (e *Engine) statementError(statement string, stats Stats, err error) error {
	if err == nil {
		return nil
	}
	s := &StatementError{Statement: firstLine(statement), QueryID: stats.QueryID, Err: err, server: e.place.server.Host}
	var failed *driver.ErrQueryFailed
	var said *driver.ErrTrino
	var line *url.Error
	switch {
	case errors.As(err, &said):
		s.Name, s.Type, s.Line, s.Column = said.ErrorName, said.ErrorType, said.ErrorLocation.LineNumber, said.ErrorLocation.ColumnNumber
		s.Err = errors.New(e.scrub(said.Message))
	case errors.As(err, &failed) && failed.StatusCode != 0:
		s.status = failed.StatusCode
		s.Err = fmt.Errorf("the answer was %d %s: %s", s.status, http.StatusText(s.status), e.scrub(firstLine(failed.Reason.Error())))
	case errors.As(err, &line):
		s.Err = line.Err
	}
	return s
}

// IsGone reports whether the cluster, or a server of it, went away while the statement ran, or was not there at all. What
// ran is not known to have ended; a step that writes to tables of its own may be tried again.
func IsGone(err error) bool {
	var e *StatementError
	if !errors.As(err, &e) {
		return false
	}
	return e.forgotten() || dialed(e.Err) || broke(e.Err) || silent(e.Err) || brief(e.Name) || e.status == http.StatusBadGateway || e.status == http.StatusServiceUnavailable || e.status == http.StatusGatewayTimeout
}

// IsInterrupted reports whether the cluster lost the statement while it ran, but may answer the next one: it was restarted,
// or one of its servers went away. Of a cluster that is not there at all, it says false.
func IsInterrupted(err error) bool {
	var e *StatementError
	return errors.As(err, &e) && IsGone(err) && !dialed(e.Err) && !silent(e.Err)
}

// brief reports whether an error of Trino's is one of the moment: a server of the cluster went away, or none is there yet.
func brief(name string) bool {
	switch name {
	case "SERVER_STARTING_UP", "NO_NODES_AVAILABLE", "REMOTE_HOST_GONE", "REMOTE_TASK_ERROR", "REMOTE_TASK_MISMATCH", "PAGE_TRANSPORT_ERROR", "PAGE_TRANSPORT_TIMEOUT", "TOO_MANY_REQUESTS_FAILED", "SERVER_SHUTTING_DOWN":
		return true
	}
	return false
}

func firstLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

// nameOf is Trino's name of the error, "" for one that is none of Trino's.
func nameOf(err error) string {
	var e *StatementError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Name
}

// IsOutOfMemory reports whether a statement did not fit into the memory that the cluster gives it; alone, it may.
func IsOutOfMemory(err error) bool {
	switch nameOf(err) {
	case "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "CLUSTER_OUT_OF_MEMORY":
		return true
	}
	return false
}

// IsTooManyPartitions reports whether a statement had rows for more partitions than the cluster writes at once.
func IsTooManyPartitions(err error) bool { return nameOf(err) == "ICEBERG_TOO_MANY_OPEN_PARTITIONS" }

// IsConflict reports whether somebody else changed the table while the statement ran; it may be tried again.
func IsConflict(err error) bool {
	switch nameOf(err) {
	case "ICEBERG_COMMIT_ERROR", "TRANSACTION_CONFLICT":
		return true
	}
	return false
}
