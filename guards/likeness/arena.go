package likeness

import "encoding/binary"

// arena keeps the forms of the texts in large chunks: a million small strings
// would cost the garbage collector more than the texts do.
type arena struct {
	chunks []chunk
	spare  []int // chunks without bytes
	head   int   // the chunk that is written to
}

type chunk struct {
	data []byte
	live int // bytes of records that were not dropped
}

const chunkSize = 1 << 16

// record is what the arena keeps of a text.
type record struct {
	slot     uint32
	form     []byte
	template uint64
	facts    uint64
}

// A record is written as slot (4 bytes), length of the form times two plus one
// if declared (uvarint), template and facts if declared, form.
func (r record) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, r.slot)
	size := uint64(len(r.form)) << 1
	if r.template != 0 {
		dst = binary.AppendUvarint(dst, size|1)
		dst = binary.LittleEndian.AppendUint64(dst, r.template)
		dst = binary.LittleEndian.AppendUint64(dst, r.facts)
	} else {
		dst = binary.AppendUvarint(dst, size)
	}
	return append(dst, r.form...)
}

func readRecord(data []byte) (r record, size int) {
	r.slot = binary.LittleEndian.Uint32(data)
	n, w := binary.Uvarint(data[4:])
	size = 4 + w
	if n&1 != 0 {
		r.template = binary.LittleEndian.Uint64(data[size:])
		r.facts = binary.LittleEndian.Uint64(data[size+8:])
		size += 16
	}
	r.form = data[size : size+int(n>>1)]
	return r, size + int(n>>1)
}

// put writes a record and returns where it lies.
func (a *arena) put(r record) uint32 {
	need := len(r.form) + 4 + binary.MaxVarintLen32 + 16
	if len(a.chunks) == 0 || len(a.chunks[a.head].data)+need > chunkSize {
		if n := len(a.spare); n > 0 {
			a.head, a.spare = a.spare[n-1], a.spare[:n-1]
		} else {
			a.chunks = append(a.chunks, chunk{})
			a.head = len(a.chunks) - 1
		}
		a.chunks[a.head].data = make([]byte, 0, chunkSize)
	}
	c := &a.chunks[a.head]
	at := len(c.data)
	c.data = r.append(c.data)
	c.live += len(c.data) - at
	return uint32(a.head)<<16 | uint32(at)
}

func (a *arena) get(at uint32) record {
	r, _ := readRecord(a.chunks[at>>16].data[at&0xffff:])
	return r
}

// drop forgets a record. When most of a chunk is dropped, its last records
// move elsewhere: moved is told the new place of each.
func (a *arena) drop(at uint32, moved func(slot, at uint32)) {
	n := int(at >> 16)
	c := &a.chunks[n]
	_, size := readRecord(c.data[at&0xffff:])
	binary.LittleEndian.PutUint32(c.data[at&0xffff:], dropped)
	c.live -= size
	if n == a.head || c.live > chunkSize/4 {
		return
	}
	data := c.data
	*c = chunk{}
	for len(data) > 0 {
		r, size := readRecord(data)
		if r.slot != dropped {
			moved(r.slot, a.put(r))
		}
		data = data[size:]
	}
	a.spare = append(a.spare, n)
}

const dropped = 1<<32 - 1

func (a *arena) bytes() int {
	n := 0
	for _, c := range a.chunks {
		n += cap(c.data) + 32
	}
	return n
}
