package embedded

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A request is what one HTTP request of a ClickHouse client asks for.
type request struct {
	statement string
	data      io.Reader // rows to insert, or nil
	format    string    // of the answer or, with data, of the data
	database  string
	revision  uint64 // of the Native format the client reads; 0: as the engine writes it
	settings  []setting
	params    params
}

type setting struct{ name, value string }

// parseRequest reads the request. The query is in the parameter "query" or in
// the body; with both, the body is the data of an INSERT, or else the rest of
// the query.
func parseRequest(req *http.Request) (*request, error) {
	if enc := req.Header.Get("Content-Encoding"); enc != "" {
		return nil, refuse(codeUnsupported, "embedded ClickHouse takes no compressed requests (%s): leave clickhouse.Options.Compression unset", enc)
	}
	if strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/") {
		return nil, refuse(codeUnsupported, "embedded ClickHouse takes no external tables: insert them, or pass an array as a parameter")
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, refuse(codeBadArguments, "read the request's parameters: %v", err)
	}

	r := &request{format: "TabSeparated", database: "default"}
	for name, values := range query {
		value := values[len(values)-1]
		switch name {
		case "query":
			r.statement = value
		case "default_format":
			r.format = value
		case "database":
			if value != "" {
				r.database = value
			}
		case "client_protocol_version":
			if r.revision, err = strconv.ParseUint(value, 10, 64); err != nil {
				return nil, refuse(codeBadArguments, "client_protocol_version %q is not a number", value)
			}
		case "compress", "decompress", "enable_http_compression":
			if value != "0" && value != "false" {
				return nil, refuse(codeUnsupported, "embedded ClickHouse does not compress: leave clickhouse.Options.Compression unset")
			}
		case "session_id", "session_timeout", "session_check":
			return nil, refuse(codeUnsupported, "embedded ClickHouse has no HTTP sessions (%s)", name)
		case "query_id", "quota_key", "user", "password", "role", "wait_end_of_query", "buffer_size",
			"send_progress_in_http_headers", "http_write_exception_in_output_format", "network_compression_method":
			// These steer a server's HTTP; here they mean nothing.
		default:
			if param, ok := strings.CutPrefix(name, "param_"); ok {
				r.params.add(param, value)
				continue
			}
			r.settings = append(r.settings, setting{name, value})
		}
	}
	slices.SortFunc(r.settings, func(a, b setting) int { return strings.Compare(a.name, b.name) })

	if req.Body == nil || req.Body == http.NoBody {
		return r, nil
	}
	if r.statement != "" && isInsert(r.statement) {
		stmt, format, rest, ok := splitInsert(r.statement)
		if ok {
			r.statement, r.format = stmt, format
			r.data = io.MultiReader(strings.NewReader(rest), req.Body)
			return r, nil
		}
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if r.statement != "" && len(body) > 0 {
		r.statement += "\n"
	}
	r.statement += string(body)
	// Data behind a query is cut at newlines by the engine, so it is streamed.
	if stmt, format, rest, ok := splitInsert(r.statement); ok {
		r.statement, r.format, r.data = stmt, format, strings.NewReader(rest)
	}
	return r, nil
}
