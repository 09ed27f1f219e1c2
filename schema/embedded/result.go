package embedded

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// readAhead is how many bytes of a result are kept for a slow reader before
// its query waits. A result smaller than this frees its connection at once.
const readAhead = 8 << 20

// An answerBody is the body of a response: a query writes it, a client reads
// it.
type answerBody struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	lock    sync.Mutex
	changed *sync.Cond
	buf     bytes.Buffer
	written bool  // something was written
	err     error // io.EOF when the query has ended well
}

// errAbandoned is why a query is cancelled whose result nobody reads on.
var errAbandoned = errors.New("the result was closed before its end")

func newAnswerBody(ctx context.Context, cancel context.CancelCauseFunc) *answerBody {
	b := &answerBody{ctx: ctx, cancel: cancel}
	b.changed = sync.NewCond(&b.lock)
	return b
}

// wait waits for a change, or for the end of the context.
func (b *answerBody) wait(until func() bool) {
	stop := context.AfterFunc(b.ctx, func() {
		b.lock.Lock()
		defer b.lock.Unlock()
		b.changed.Broadcast()
	})
	defer stop()
	for !until() && b.ctx.Err() == nil {
		b.changed.Wait()
	}
}

// Write waits while the reader is too far behind.
func (b *answerBody) Write(p []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.wait(func() bool { return b.buf.Len() < readAhead })
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	b.written = b.written || len(p) > 0
	b.buf.Write(p)
	b.changed.Broadcast()
	return len(p), nil
}

// begun tells whether anything was written.
func (b *answerBody) begun() bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.written
}

// finish ends the body, with the error that ended the query or nil.
func (b *answerBody) finish(err error, tag string) {
	b.lock.Lock()
	defer b.lock.Unlock()
	defer b.changed.Broadcast()
	if err == nil {
		b.err = io.EOF
		return
	}
	b.err = err
	var ex *exception
	if b.written && errors.As(err, &ex) {
		b.buf.Write(ex.frame(tag))
		b.err = io.ErrUnexpectedEOF
	}
}

// first waits for the first bytes. It returns 0 at the end of an empty result,
// and an error if the query or the context ended before.
func (b *answerBody) first() (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.wait(func() bool { return b.written || b.err != nil })
	switch {
	case b.written:
		return b.buf.Len(), nil
	case b.err == io.EOF:
		return 0, nil
	case b.err != nil:
		return 0, b.err
	}
	return 0, context.Cause(b.ctx)
}

func (b *answerBody) Read(p []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.wait(func() bool { return b.buf.Len() > 0 || b.err != nil })
	if b.buf.Len() > 0 {
		n, err := b.buf.Read(p)
		b.changed.Broadcast()
		return n, err
	}
	if b.err != nil {
		return 0, b.err
	}
	return 0, context.Cause(b.ctx)
}

// Close gives the rest of the result up, which ends its query.
func (b *answerBody) Close() error {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.err == nil {
		b.cancel(errAbandoned)
	}
	return nil
}

// A transcoder rewrites Native blocks from revision 0, which the engine
// writes, to the revision that the client reads. The columns' data is the same
// in both; where a column ends is known only by decoding it.
type transcoder struct {
	revision uint64 // 0: blocks are passed on as they are
	buf      chproto.Buffer
}

// write passes whole blocks on to w.
func (t *transcoder) write(w io.Writer, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if t.revision == 0 {
		_, err := w.Write(data)
		return err
	}
	src := bytes.NewReader(data)
	raw := bufio.NewReaderSize(src, 128<<10) // the size at which ch-go reads from it directly
	r := chproto.NewReader(raw)
	at := func() int { return len(data) - src.Len() - raw.Buffered() }
	for at() < len(data) {
		t.buf.Reset()
		if err := t.block(r, data, at); err != nil {
			return refuse(codeUnknownType, "read the engine's result: %v", err)
		}
		if _, err := w.Write(t.buf.Buf); err != nil {
			return err
		}
	}
	return nil
}

// block rewrites one block.
func (t *transcoder) block(r *chproto.Reader, data []byte, at func() int) error {
	columns, err := r.UVarInt()
	if err != nil {
		return err
	}
	rows, err := r.UVarInt()
	if err != nil {
		return err
	}
	t.begin(columns, rows)
	for range columns {
		name, err := r.Str()
		if err != nil {
			return err
		}
		typ, err := r.Str()
		if err != nil {
			return err
		}
		t.column(name, typ)
		start := at()
		if rows > 0 {
			if err := skipColumn(r, name, typ, int(rows)); err != nil {
				return err
			}
		}
		t.buf.PutRaw(data[start:at()])
	}
	return nil
}

// begin begins a block.
func (t *transcoder) begin(columns, rows uint64) {
	t.buf.PutUVarInt(1) // is_overflows
	t.buf.PutBool(false)
	t.buf.PutUVarInt(2) // bucket_num
	t.buf.PutInt32(-1)
	t.buf.PutUVarInt(0)
	t.buf.PutUVarInt(columns)
	t.buf.PutUVarInt(rows)
}

// column begins a column.
func (t *transcoder) column(name, typ string) {
	t.buf.PutString(name)
	t.buf.PutString(typ)
	if t.revision >= proto.DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION {
		t.buf.PutBool(false)
	}
}

// A column is the name and type of one column of a result.
type column struct{ name, typ string }

// writeHeader writes a block without rows.
func (t *transcoder) writeHeader(w io.Writer, columns []column) error {
	t.buf.Reset()
	t.begin(uint64(len(columns)), 0)
	for _, c := range columns {
		t.column(c.name, c.typ)
	}
	_, err := w.Write(t.buf.Buf)
	return err
}

// decodeDescription reads the answer of DESCRIBE: name and type come first.
func decodeDescription(data []byte) ([]column, error) {
	b := proto.NewBlock()
	if err := b.Decode(chproto.NewReader(bytes.NewReader(data)), 0); err != nil {
		return nil, err
	}
	if len(b.Columns) < 2 {
		return nil, errors.New("a description without types")
	}
	columns := make([]column, b.Rows())
	for i := range columns {
		columns[i].name, _ = b.Columns[0].Row(i, false).(string)
		columns[i].typ, _ = b.Columns[1].Row(i, false).(string)
	}
	return columns, nil
}

// skipColumn reads past a column's data.
func skipColumn(r *chproto.Reader, name, typ string, rows int) error {
	// A DateTime without a zone asks the context for one.
	c, err := chcolumn.Type(typ).Column(name, &chcolumn.ServerContext{Timezone: time.UTC})
	if err != nil {
		return err
	}
	if c, ok := c.(chcolumn.CustomSerialization); ok {
		if err := c.ReadStatePrefix(r); err != nil {
			return err
		}
	}
	return c.Decode(r, rows)
}
