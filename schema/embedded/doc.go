// Package embedded runs ClickHouse inside this process: it binds libchdb, the
// ClickHouse engine as a shared library, and serves clickhouse-go as an
// http.RoundTripper. No port is opened and no cgo is used.
//
//	engine, err := embedded.Open(ctx, embedded.Options{Dir: dir})
//	conn, err := clickhouse.Open(&clickhouse.Options{
//		Protocol: clickhouse.HTTP,
//		Addr:     []string{"embedded"},
//		TransportFunc: func(*http.Transport) (http.RoundTripper, error) {
//			return engine, nil
//		},
//	})
//
// What differs from a server:
//
//   - A process has one engine on one folder at a time: Open refuses a second
//     folder until the first engine is closed. Tests that need many fresh
//     databases open one engine and CREATE DATABASE for each test, which they
//     name in clickhouse.Options.Auth.Database. Closing and opening again, on
//     the same folder or another, works and takes 90 ms, but leaves 3 MB behind
//     each time.
//   - A folder belongs to one process. Others reach it through the holder's
//     socket: ServeSocket there, DialSocket here.
//   - Each request takes one connection of the pool for as long as its query
//     runs. An answer is read ahead up to 8 MiB, so a small result frees its
//     connection at once even when its rows are read slowly; a larger one
//     holds it until it is read or closed.
//   - Requests have no session: SET, USE and the session_id parameter are
//     refused. Settings and the database travel with each request, as
//     clickhouse-go sends them.
//   - Compression and external tables are refused; more than one statement in
//     a request is refused, as a server does.
//   - A DateTime('zone') column loses its zone's name and is read in UTC; the
//     moment is right. DateTime64 keeps its zone.
//   - The engine's own time zone is UTC, whatever the machine's.
//   - Exec of a SELECT does not see a failure after its first rows, because
//     clickhouse-go's Exec does not look; Query and Select do.
package embedded
