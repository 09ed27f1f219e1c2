package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
	"unsafe"
)

// A query is one statement on one connection of the pool.
type query struct {
	*request
	ctx  context.Context
	lib  *library
	conn *conn
	mark string // begins the statement, so that KILL QUERY finds it

	unwatch func() // ends the wait for a cancellation; to be called once
}

// newQuery marks the statement and begins to watch for the end of ctx.
func (e *Engine) newQuery(ctx context.Context, c *conn, r *request) *query {
	q := &query{
		request: r,
		ctx:     ctx,
		lib:     e.lib,
		conn:    c,
		mark:    fmt.Sprintf("/*%s-%d*/ ", e.name, e.ids.Add(1)),
	}
	q.unwatch = e.killWhenDone(ctx, q.mark)
	return q
}

// killWhenDone kills the marked query when ctx ends. The function that it
// returns stops that and waits for a kill under way, so that the mark's
// connection is not given back under it.
func (e *Engine) killWhenDone(ctx context.Context, mark string) func() {
	over := make(chan struct{})
	killer := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(killer)
		// A query is not listed from its first moment, so one kill may miss it.
		// Without SYNC, which waits for the query to leave the list: a failed
		// query stays there until its connection runs the next one.
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			e.killLock.Lock()
			e.kill.query("KILL QUERY WHERE startsWith(query, " + literal(mark) + ") ASYNC")
			e.killLock.Unlock()
			select {
			case <-over:
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		close(over)
		if !stop() {
			<-killer
		}
	}
}

// run runs the statement and writes what it answers to out.
func (q *query) run(out *answerBody) error {
	err := q.dispatch(out)
	// A query that was killed says so; what its caller wants to know is why.
	if err != nil && q.ctx.Err() != nil {
		return context.Cause(q.ctx)
	}
	return err
}

func (q *query) dispatch(out *answerBody) error {
	if q.data != nil {
		return q.insert()
	}
	what := q.analyse()
	first := firstWord(q.statement)
	switch {
	case first == "" || first == ";":
		return refuse(codeSyntaxError, "Empty query. (SYNTAX_ERROR)")
	case what.statements > 1:
		return refuse(codeSyntaxError, "Syntax error: a request takes one statement, this has %d. (SYNTAX_ERROR)", what.statements)
	case first == "SET":
		return refuse(codeUnsupported, "SET would not outlive its request: put the setting into the query's SETTINGS, or use clickhouse.WithSettings. (SUPPORT_IS_DISABLED)")
	case first == "USE":
		return refuse(codeUnsupported, "USE would not outlive its request: name the database in clickhouse.Options.Auth, or write database.table. (SUPPORT_IS_DISABLED)")
	}
	t := &transcoder{revision: q.revision}
	if q.format != "Native" {
		t.revision = 0
	}
	write := func(data []byte) error { return t.write(out, data) }
	if what.class == 0 && what.statements == 1 && (first == "SELECT" || first == "WITH") {
		if err := q.stream(write); err != nil || out.begun() || t.revision == 0 {
			return err
		}
		return q.describe(func(columns []column) error { return t.writeHeader(out, columns) })
	}
	// Only SELECT can be streamed: SHOW, DESCRIBE and the like are small.
	return q.lib.use(q.start(q.lib.query), write)
}

// start begins the statement by one of the library's functions.
func (q *query) start(f starter) uintptr {
	return q.params.start(f, *q.conn.handle, q.mark+q.statement, q.format)
}

// analyse asks the engine's parser what the statement is. For a text that
// does not parse there are no statements.
func (q *query) analyse() analysis {
	var a analysis
	a.size = uint32(unsafe.Sizeof(a))
	sql, n := text(q.statement)
	if q.lib.classify(*q.conn.handle, sql, n, nil, 0, &a) != 0 {
		return analysis{class: 4}
	}
	return a
}

// stream hands the result's blocks to write as they are computed.
func (q *query) stream(write func([]byte) error) error {
	stream := q.start(q.lib.streamQuery)
	if stream == 0 {
		return refuse(codeUnknown, "the engine gave no answer")
	}
	defer q.lib.resultDestroy(stream)
	if msg := q.lib.resultError(stream); msg != "" {
		return parseException(msg)
	}
	for {
		if q.ctx.Err() != nil {
			q.lib.streamStop(*q.conn.handle, stream)
			return context.Cause(q.ctx)
		}
		var n int
		err := q.lib.use(q.lib.streamFetch(*q.conn.handle, stream), func(data []byte) error {
			n = len(data)
			return write(data)
		})
		if err != nil {
			var ex *exception
			if !errors.As(err, &ex) {
				q.lib.streamStop(*q.conn.handle, stream)
			}
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// describe hands the columns of a SELECT to f. The engine gives no bytes at all
// for an empty result, where a server names its columns. A query that the
// engine cannot describe has none.
func (q *query) describe(f func([]column) error) error {
	sql := q.mark + "DESCRIBE TABLE (\n" + withoutEnd(q.statement) + "\n)"
	var columns []column
	err := q.lib.use(q.params.start(q.lib.query, *q.conn.handle, sql, "Native"), func(data []byte) error {
		var err error
		columns, err = decodeDescription(data)
		return err
	})
	if err != nil {
		return nil
	}
	return f(columns)
}

// insert streams the request's data into the table. Rows are stored block by
// block: after an error some of them may be.
func (q *query) insert() error {
	stream := q.start(q.lib.streamInsert)
	if stream == 0 {
		return refuse(codeUnknown, "the engine gave no answer")
	}
	defer q.lib.insertDestroy(stream)
	if msg := q.lib.insertError(stream); msg != "" {
		return parseException(msg)
	}
	buf := make([]byte, 1<<20)
	var total int
	for {
		n, err := io.ReadFull(q.data, buf)
		if n > 0 {
			total += n
			if q.lib.insertAppend(stream, unsafe.Pointer(&buf[0]), uintptr(n)) != 0 {
				msg := q.lib.insertError(stream)
				q.lib.insertCancel(stream)
				return parseException(msg)
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err == nil {
			err = q.ctx.Err()
		}
		if err != nil {
			q.lib.insertCancel(stream)
			return err
		}
	}
	if total == 0 {
		// clickhouse-go sends an empty body when it could not encode a batch,
		// and would take success for an answer.
		q.lib.insertCancel(stream)
		return refuse(codeNoData, "No data to insert: the request's body is empty. (NO_DATA_TO_INSERT)")
	}
	return q.lib.use(q.lib.insertDone(stream), func([]byte) error { return nil })
}
