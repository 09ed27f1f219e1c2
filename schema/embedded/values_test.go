package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
)

// A kinds row has a column of every kind that our tables use.
type kinds struct {
	ID       uint64           `ch:"id"`
	Text     string           `ch:"text"`
	Count    int64            `ch:"count"`
	Maybe    *int64           `ch:"maybe"`
	At       time.Time        `ch:"at"`
	MaybeAt  *time.Time       `ch:"maybe_at"`
	Second   time.Time        `ch:"second"`
	Day      time.Time        `ch:"day"`
	Tags     []string         `ch:"tags"`
	Extra    map[string]int64 `ch:"extra"`
	Platform string           `ch:"platform"`
	Rate     float64          `ch:"rate"`
	Official bool             `ch:"official"`
}

const createKinds = `CREATE TABLE kinds (
	id UInt64, text String, count Int64, maybe Nullable(Int64),
	at DateTime64(3, 'UTC'), maybe_at Nullable(DateTime64(3, 'UTC')), second DateTime('UTC'), day Date,
	tags Array(String), extra Map(LowCardinality(String), Int64), platform LowCardinality(String),
	rate Float64, official Bool
) ENGINE = MergeTree ORDER BY id`

const (
	urdu   = "ہم آواز: عوام کی آواز"
	binary = "nul \x00 line\nreturn\r tab\t back\\slash 'quote' \"double\" `tick` 😀"
)

func sampleKinds() []kinds {
	zero, minus := int64(0), int64(-1)
	at := time.Date(2024, 2, 29, 23, 59, 59, int(999*time.Millisecond), time.UTC)
	sec, day := at.Truncate(time.Second), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	return []kinds{
		{ID: 1, Text: urdu, Count: 1 << 62, Maybe: &zero, At: at, MaybeAt: &at, Second: sec, Day: day,
			Tags: []string{"", binary, urdu}, Extra: map[string]int64{urdu: 1, binary: -2}, Platform: "facebook", Rate: 0.1, Official: true},
		{ID: 2, Text: binary, Count: -1 << 62, Maybe: nil, At: at, MaybeAt: nil, Second: sec, Day: day,
			Tags: []string{}, Extra: map[string]int64{}, Platform: "", Rate: -1e300},
		{ID: 1<<64 - 1, Text: "", Maybe: &minus, At: time.UnixMilli(1e12).UTC(), MaybeAt: nil, Second: time.Unix(1e9, 0).UTC(), Day: time.Unix(0, 0).UTC(),
			Tags: []string{"a"}, Extra: map[string]int64{"": 0}, Platform: urdu},
	}
}

func TestEveryKindOfColumn(t *testing.T) {
	conn := dial(open(t, Options{}))
	mustExec(t, conn, createKinds)
	want := sampleKinds()
	b, err := conn.PrepareBatch(t.Context(), "INSERT INTO kinds")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range want {
		if err := b.AppendStruct(&k); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}

	for _, sql := range []string{
		"SELECT * FROM kinds ORDER BY id",
		"SELECT * FROM kinds UNION ALL SELECT * FROM kinds WHERE 0 ORDER BY id",
		"WITH k AS (SELECT * FROM kinds) SELECT * FROM k ORDER BY id",
	} {
		var got []kinds
		if err := conn.Select(t.Context(), &got, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

func TestNamedParameters(t *testing.T) {
	conn := dial(open(t, Options{}))
	mustExec(t, conn, createKinds)
	for _, k := range sampleKinds() {
		args := []any{
			clickhouse.Named("id", k.ID), clickhouse.Named("text", k.Text), clickhouse.Named("count", k.Count),
			clickhouse.Named("maybe", k.Maybe), clickhouse.Named("at", k.At), clickhouse.Named("maybe_at", k.MaybeAt),
			clickhouse.Named("second", k.Second), clickhouse.Named("day", k.Day.Format(time.DateOnly)),
			clickhouse.Named("tags", k.Tags), clickhouse.Named("extra", k.Extra), clickhouse.Named("platform", k.Platform),
			clickhouse.Named("rate", k.Rate), clickhouse.Named("official", k.Official),
		}
		const values = `{id:UInt64}, {text:String}, {count:Int64}, {maybe:Nullable(Int64)},
			{at:DateTime64(3, 'UTC')}, {maybe_at:Nullable(DateTime64(3, 'UTC'))}, {second:DateTime('UTC')}, {day:Date},
			{tags:Array(String)}, {extra:Map(String, Int64)}, {platform:String}, {rate:Float64}, {official:Bool}`
		mustExec(t, conn, "INSERT INTO kinds SELECT "+values, args...)
		var got kinds
		row := conn.QueryRow(t.Context(), "SELECT * FROM kinds WHERE id = {id:UInt64} AND text = {text:String} AND tags = {tags:Array(String)}", args...)
		if err := row.ScanStruct(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(k, got); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", k.ID, diff)
		}
	}
}

func TestWaysToInsert(t *testing.T) {
	e := open(t, Options{})
	conn := dial(e)
	mustExec(t, conn, "CREATE TABLE t (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
	mustExec(t, conn, "INSERT INTO t VALUES (1, 'one'), (2, 'FORMAT Native')")
	mustExec(t, conn, "INSERT INTO t (id, text) VALUES (?, ?)", uint64(3), binary)
	mustExec(t, conn, "INSERT INTO t SELECT id + 10, text FROM t")
	mustExec(t, conn, "INSERT INTO t FORMAT JSONEachRow\n{\"id\":21,\"text\":\"a\\nb\"}\n{\"id\":22,\"text\":\""+urdu+"\"}\n")
	mustExec(t, conn, "/* note */ INSERT INTO t SETTINGS max_insert_threads = 1 FORMAT CSV\n31,\"two\nlines\"\n")
	mustExec(t, conn, "WITH 41 AS n INSERT INTO t SELECT n, 'with'")

	// As a plain HTTP client sends it: the query in the address, data in the body.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://embedded/?query=INSERT+INTO+default.t+FORMAT+TSV", strings.NewReader("51\tfifty one\n"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := e.RoundTrip(req); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("insert of TSV: got %v, %v", resp, err)
	}

	type row struct {
		ID   uint64 `ch:"id"`
		Text string `ch:"text"`
	}
	want := []row{{1, "one"}, {2, "FORMAT Native"}, {3, binary}, {11, "one"}, {12, "FORMAT Native"}, {13, binary},
		{21, "a\nb"}, {22, urdu}, {31, "two\nlines"}, {41, "with"}, {51, "fifty one"}}
	var got []row
	if err := conn.Select(t.Context(), &got, "SELECT id, text FROM t ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestLargeBatch(t *testing.T) {
	conn := dial(open(t, Options{}))
	mustExec(t, conn, "CREATE TABLE t (id UInt64, text String, maybe Nullable(Int64), tags Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY id")
	const rows = 100_000
	b, err := conn.PrepareBatch(t.Context(), "INSERT INTO t (id, text, maybe, tags)")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		var maybe *int64
		if i%2 == 0 {
			n := int64(i)
			maybe = &n
		}
		if err := b.Append(uint64(i), fmt.Sprintf("%d\n\x00%s", i, urdu), maybe, []string{"a", fmt.Sprint(i % 10)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	const check = `SELECT count() = 100000 AND countIf(maybe IS NULL) = 50000 AND sum(maybe) = 2499950000
		AND countIf(text = concat(toString(id), '\n\0', {urdu:String})) = 100000 AND countIf(tags[2] = toString(id % 10)) = 100000 FROM t`
	if !one[bool](t, conn, check, clickhouse.Named("urdu", urdu)) {
		t.Error("the table does not have what was inserted")
	}

	rs, err := conn.Query(t.Context(), "SELECT id, maybe, tags FROM t ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; rs.Next(); n++ {
		var id uint64
		var maybe *int64
		var tags []string
		if err := rs.Scan(&id, &maybe, &tags); err != nil {
			t.Fatal(err)
		}
		if id != uint64(n) || (maybe == nil) != (n%2 == 1) || tags[1] != fmt.Sprint(n%10) {
			t.Fatalf("row %d: got %d, %v, %v", n, id, maybe, tags)
		}
	}
	if err := rs.Err(); err != nil || n != rows {
		t.Errorf("read %d rows, error %v; want %d", n, err, rows)
	}
}

func TestEmptyResultHasColumns(t *testing.T) {
	conn := dial(open(t, Options{}))
	mustExec(t, conn, createKinds)
	for _, tt := range []struct {
		sql  string
		want []string
	}{
		{"SELECT id, text, extra, platform FROM kinds", []string{"UInt64", "String", "Map(LowCardinality(String), Int64)", "LowCardinality(String)"}},
		{"SELECT maybe FROM kinds WHERE id > {n:UInt64}; -- none", []string{"Nullable(Int64)"}},
	} {
		rows, err := conn.Query(t.Context(), tt.sql, clickhouse.Named("n", 1))
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() {
			t.Errorf("%s: got a row", tt.sql)
		}
		var got []string
		for _, c := range rows.ColumnTypes() {
			got = append(got, c.DatabaseTypeName())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: columns (-want +got):\n%s", tt.sql, diff)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOtherFormats(t *testing.T) {
	e := open(t, Options{})
	for _, tt := range []struct{ address, body, want string }{
		{"http://embedded/?query=SELECT+1,'a'", "", "1\ta\n"},
		{"http://embedded/?default_format=JSONEachRow", "SELECT 1 AS a, 'b' AS c", "{\"a\":1,\"c\":\"b\"}\n"},
		{"http://embedded/?query=SELECT", "1 + 1", "2\n"},
		{"http://embedded/", "SHOW DATABASES LIKE 'system'", "system\n"},
		{"http://embedded/?param_a=x%5Cty", "SELECT {a:String} FORMAT TSVRaw", "x\ty\n"},
		{"http://embedded/", "SELECT 1 WHERE 0", ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tt.address, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := e.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s %q: got %q, %v; want %q", tt.address, tt.body, got, err, tt.want)
		}
	}
}

func TestSettings(t *testing.T) {
	conn := dial(open(t, Options{Connections: 1, Args: []string{"--max_threads=1"}}))
	const threads = "SELECT toUInt64(getSetting('max_threads'))"
	if got := one[uint64](t, conn, threads); got != 1 {
		t.Errorf("max_threads by Options.Args: got %d, want 1", got)
	}
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_threads": 3, "max_result_rows": "100"}))
	if got := oneIn[uint64](t, ctx, conn, threads); got != 3 {
		t.Errorf("max_threads in a request: got %d, want 3", got)
	}
	// The pool has one connection: what a request sets must be gone again.
	if got := one[uint64](t, conn, threads); got != 1 {
		t.Errorf("max_threads after that request: got %d, want 1", got)
	}
	if got := one[uint64](t, conn, "SELECT count() FROM system.settings WHERE changed AND name = 'max_result_rows'"); got != 0 {
		t.Error("max_result_rows is still set after its request")
	}

	bad := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_threads": 2, "no_such_setting": 1}))
	if err := conn.Exec(bad, "SELECT 1"); exceptionCodeOf(err) != 115 {
		t.Errorf("unknown setting: got %v, want exception 115", err)
	}
	if got := one[uint64](t, conn, threads); got != 1 {
		t.Errorf("max_threads after a refused setting: got %d, want 1", got)
	}

	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if got := oneIn[uint64](t, limited, conn, "SELECT toUInt64(getSetting('max_execution_time'))"); got < 60 || got > 66 {
		t.Errorf("max_execution_time under a deadline of a minute: got %d", got)
	}
	if got := one[uint64](t, conn, "SELECT toUInt64(getSetting('max_execution_time'))"); got != 0 {
		t.Errorf("max_execution_time after it: got %d, want 0", got)
	}
}

func TestDatabases(t *testing.T) {
	e := open(t, Options{Connections: 1})
	conn := dial(e)
	for _, name := range []string{"first", "odd `name`"} {
		mustExec(t, conn, "CREATE DATABASE "+identifier(name))
		o := options(e)
		o.Auth.Database = name
		in, err := clickhouse.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, in, "CREATE TABLE t (name String) ENGINE = MergeTree ORDER BY name")
		mustExec(t, in, "INSERT INTO t SELECT currentDatabase()")
		if got := one[string](t, in, "SELECT name FROM t"); got != name {
			t.Errorf("database %q: t has %q", name, got)
		}
		if got := one[string](t, conn, "SELECT currentDatabase()"); got != "default" {
			t.Errorf("after a request to %q the next is in %q, want default", name, got)
		}
		mustExec(t, conn, "DROP DATABASE "+identifier(name))
		if err := in.Exec(t.Context(), "SELECT 1"); exceptionCodeOf(err) != 81 {
			t.Errorf("dropped database %q: got %v, want exception 81", name, err)
		}
	}
	if got := one[string](t, conn, "SELECT currentDatabase()"); got != "default" {
		t.Errorf("in the end: database %q, want default", got)
	}
}

func TestRefusals(t *testing.T) {
	e := open(t, Options{})
	conn := dial(e)
	mustExec(t, conn, "CREATE TABLE t (a UInt8, b DateTime) ENGINE = MergeTree ORDER BY a")
	for _, tt := range []struct {
		sql  string
		code int32
	}{
		{"SELECT * FROM nowhere", 60},
		{"SELEC 1", 62},
		{"", 62},
		{"SELECT 1; DROP TABLE t", 62},
		{"SET max_threads = 1", codeUnsupported},
		{"USE system", codeUnsupported},
		{"SELECT throwIf(1)", 395},
		{"SELECT {missing:String}", 456},
		{"INSERT INTO t FORMAT JSONEachRow\n{\"a\": \"x\"}", 27},
	} {
		if err := conn.Exec(t.Context(), tt.sql); exceptionCodeOf(err) != tt.code {
			t.Errorf("%q: got %v, want exception %d", tt.sql, err, tt.code)
		}
	}
	if got := one[uint64](t, conn, "SELECT count() FROM system.tables WHERE name = 't' AND database = 'default'"); got != 1 {
		t.Error("a second statement was run")
	}

	for name, compression := range map[string]clickhouse.CompressionMethod{"LZ4": clickhouse.CompressionLZ4, "gzip": clickhouse.CompressionGZIP} {
		o := options(e)
		o.Compression = &clickhouse.Compression{Method: compression}
		in, err := clickhouse.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := in.PrepareBatch(t.Context(), "INSERT INTO t (a)")
		if err == nil {
			err = errors.Join(b.Append(uint8(1)), b.Send())
		}
		if err == nil || !strings.Contains(err.Error(), "leave clickhouse.Options.Compression unset") {
			t.Errorf("compression %s: got %v, want advice to leave it unset", name, err)
		}
	}

	// clickhouse-go sends an empty body for a batch that it cannot encode.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://embedded/?query=INSERT+INTO+t+FORMAT+Native", struct{ io.Reader }{strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := e.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("X-ClickHouse-Exception-Code"); got != "108" {
		t.Errorf("insert of nothing: got status %d, code %q; want code 108", resp.StatusCode, got)
	}
}

func TestOtherKindsOfColumn(t *testing.T) {
	conn := dial(open(t, Options{}))
	for _, value := range []string{
		"toDecimal64(1.5, 3)", "generateUUIDv4()", "toIPv4('1.2.3.4')", "CAST('a' AS Enum8('a' = 1))", "toFixedString('ab', 3)",
		"tuple(1, 'a')", "[[1, 2], []]", "map('a', [1])", "'{\"a\":1}'::JSON", "toDate32('2100-01-01')", "toInt128(5)",
		"[toDateTime(0, 'Asia/Karachi')]", "CAST(['a', NULL] AS Array(LowCardinality(Nullable(String))))",
		"CAST(NULL AS LowCardinality(Nullable(String)))", "CAST([('a', 1)] AS Nested(x String, y UInt8))", "NULL", "[]",
	} {
		rows, err := conn.Query(t.Context(), "SELECT number, "+value+" AS value, 'after' FROM numbers(70000)")
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		n := 0
		for rows.Next() {
			n++
		}
		if n != 70000 || rows.Err() != nil {
			t.Errorf("%s: got %d rows, error %v; want 70000", value, n, rows.Err())
		}
	}
	// What clickhouse-go cannot read is refused by name.
	if err := conn.Exec(t.Context(), "SELECT sumState(number) FROM numbers(3)"); exceptionCodeOf(err) != codeUnknownType || !strings.Contains(err.Error(), "AggregateFunction(sum, UInt64)") {
		t.Errorf("state of an aggregate: got %v, want exception %d that names the type", err, codeUnknownType)
	}
	at := time.Unix(1e9, 0)
	if got := one[time.Time](t, conn, "SELECT toDateTime(1000000000, 'Asia/Karachi')"); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("DateTime with a zone: got %v, want %v in UTC", got, at)
	}
	if got := one[time.Time](t, conn, "SELECT toDateTime64(1000000000, 3, 'Asia/Karachi')"); !got.Equal(at) || got.Location().String() != "Asia/Karachi" {
		t.Errorf("DateTime64 with a zone: got %v, want %v in Asia/Karachi", got, at)
	}
}

func TestSplitInsert(t *testing.T) {
	for _, tt := range []struct{ sql, stmt, format, data string }{
		{"INSERT INTO t (a, b) FORMAT Native", "INSERT INTO t (a, b) ", "Native", ""},
		{"insert into t format native\n\x01\x02", "insert into t ", "native", "\x01\x02"},
		{"-- FORMAT\n/* VALUES */ INSERT INTO t FORMAT CSV\r\n1", "-- FORMAT\n/* VALUES */ INSERT INTO t ", "CSV", "1"},
		{"INSERT INTO t FORMAT JSONEachRow {\"a\":1}", "INSERT INTO t ", "JSONEachRow", "{\"a\":1}"},
		{"INSERT INTO `format` (`values`, \"select\") FORMAT TSV\n", "INSERT INTO `format` (`values`, \"select\") ", "TSV", ""},
		{"INSERT INTO db.values FORMAT TSV", "INSERT INTO db.values ", "TSV", ""},
		{"INSERT INTO t SETTINGS a = 'FORMAT X' FORMAT TSV", "INSERT INTO t SETTINGS a = 'FORMAT X' ", "TSV", ""},
		{"INSERT INTO t VALUES ('FORMAT Native')", "", "", ""},
		{"INSERT INTO t FORMAT Values (1)", "", "", ""},
		{"INSERT INTO t SELECT 1 FORMAT Native", "", "", ""},
		{"INSERT INTO t WITH 1 AS a SELECT a FORMAT Native", "", "", ""},
		{"INSERT INTO t FORMAT", "", "", ""},
		{"SELECT 'INSERT' FORMAT Native", "", "", ""},
		{"", "", "", ""},
		{"INSERT INTO t '", "", "", ""},
		{"/* unclosed INSERT", "", "", ""},
	} {
		stmt, format, data, ok := splitInsert(tt.sql)
		if stmt != tt.stmt || format != tt.format || data != tt.data || ok != (tt.format != "") {
			t.Errorf("splitInsert(%q): got %q, %q, %q, %v", tt.sql, stmt, format, data, ok)
		}
	}
}
