/* The delivery protocol of one partition, for the model checker Spin.
 *
 * Two workers share the partition.  Each has the two threads of streams/: the source polls, the sink commits, and the
 * ledger lies between them.  The broker keeps the group's position, one transaction a worker, and the generation of the
 * group.  Faults are bounded by FAULTS: a crash with a restart, a rebalance that the old owner does not notice, an abort,
 * a transaction that the broker ends because it took too long.  A frozen worker is one that Spin does not schedule.
 *
 * What is checked: no record is answered twice, and once the group's position is at the end every record is answered.
 * Each -DBREAK_… leaves one guard out; Spin must then find a trace.  tests/model/test_exactly_once.py runs them all.
 */
#ifndef RECORDS
#define RECORDS 3
#endif
#ifndef BATCH
#define BATCH 1      /* records in a batch at most */
#endif
#define IN_FLIGHT 2  /* batches that were polled and are not finished */
#ifndef FAULTS
#define FAULTS 3
#endif
#define WORKERS 2

/* ---- broker ---- */
byte answers[RECORDS];     /* of each record, as a reader with read_committed counts them */
byte committed = 0;        /* the group's position */
byte generation = 1;       /* of the group */
byte owner = 0;            /* who has the partition in this generation */
byte faults = 0;
bool outlived = false;      /* whether a worker committed in a later generation than its first */

typedef Transaction {
  byte fence = 0;          /* the producer epoch that may write; an older producer is fenced */
  byte from = 0; byte to = 0;      /* the records whose answers are written and not committed */
  bool has_position = false; byte position = 0   /* the position that is committed with them */
}
Transaction txn[WORKERS];

#define PENDING (txn[0].has_position || txn[1].has_position)  /* a new owner must not read the position now */

/* ---- worker ---- */
mtype = { IDLE, BEGUN, PRODUCED, POSITIONED, COMMITTED, FAILED };  /* the sink */
mtype = { NOTE, POLL, CHECK };                              /* the source */

typedef Batch { byte epoch; byte start; byte from; byte to; byte generation }
typedef Worker {
  byte producer = 0;                       /* its producer epoch */
  byte epoch = 0; byte next = 0; bool has_next = false; bool reset = false;  /* the ledger */
  byte position = 0; byte fetch = 0;       /* the source's own position, and the client's */
  byte generation = 0; byte known_epoch = 0; byte polled = 0;
  byte first_generation = 0;
  byte waiting = 0; byte in_flight = 0;
  mtype source = NOTE; mtype sink = IDLE
}
Worker worker[WORKERS];
Batch batch[6];   /* of each worker the two that wait, the older first, and the one that is committed now */

/* Epochs are counted modulo 8: at most three batches are alive, and the oldest goes first, so none is mistaken. */
#define ME worker[w]
#define TX txn[w]
#define SETTLED (committed == RECORDS && txn[0].to == 0 && txn[1].to == 0 \
  && worker[0].in_flight == 0 && worker[1].in_flight == 0)
#define FIRST (w * 3)
#define SECOND (w * 3 + 1)
#define NOW (w * 3 + 2)
#define TAIL (w * 3 + worker[w].waiting)
#define FENCED (ME.producer != TX.fence)

#ifdef BREAK_NO_LEDGER_CHECK
#define ACCEPTED true
#else
#define ACCEPTED (batch[FIRST].epoch == ME.epoch && ME.has_next && batch[FIRST].start == ME.next)
#endif
#if defined(BREAK_NO_GENERATION)
#define OF_THE_GROUP true
#elif defined(BREAK_STALE_GENERATION)
#define OF_THE_GROUP (ME.first_generation == generation && owner == w)
#else
#define OF_THE_GROUP (batch[NOW].generation == generation && owner == w)
#endif
#ifdef BREAK_UNSTABLE_POSITION
#define MAY_READ_POSITION true
#else
#define MAY_READ_POSITION (!PENDING)
#endif

inline copy(there, here) {
  batch[there].epoch = batch[here].epoch; batch[there].start = batch[here].start; batch[there].from = batch[here].from;
  batch[there].to = batch[here].to; batch[there].generation = batch[here].generation
}
inline clear(there) {
  batch[there].epoch = 0; batch[there].start = 0; batch[there].from = 0; batch[there].to = 0; batch[there].generation = 0
}
inline drop_transaction() { TX.from = 0; TX.to = 0; TX.has_position = false; TX.position = 0 }

/* Everything in memory is gone; the next producer of that name fences the last one and aborts what it left open. */
inline restart() {
  drop_transaction();
  TX.fence++; ME.producer = TX.fence;
  ME.epoch = 0; ME.next = 0; ME.has_next = false; ME.reset = false;
  ME.position = 0; ME.fetch = 0; ME.generation = 0; ME.known_epoch = 0; ME.polled = 0; ME.first_generation = 0;
  ME.waiting = 0; ME.in_flight = 0; ME.source = NOTE; ME.sink = IDLE;
  clear(FIRST); clear(SECOND); clear(NOW)
}

/* Ledger.abort: the epoch of this batch ends, and the source reads again from the last commit. */
inline end_epoch(which) {
  if
  :: batch[which].epoch == ME.epoch ->
#ifndef BREAK_NO_LEDGER_CHECK
     ME.epoch = (ME.epoch + 1) % 8;
#endif
     ME.reset = true
  :: else
  fi
}
inline finish() { ME.in_flight--; ME.sink = IDLE; clear(NOW) }

inline answer_all(first, last) {
  place = first;
  do
  :: place < last -> answers[place]++; assert(answers[place] <= 1); place++
  :: else -> break
  od;
  place = 0
}

inline take_next() { copy(FIRST, SECOND); clear(SECOND); ME.waiting-- }

/* Begin a transaction and write the answers in it. */
inline write() {
#ifdef BREAK_POSITION_OUTSIDE
  if
  :: OF_THE_GROUP -> committed = batch[NOW].to; ME.sink = BEGUN
  :: else -> ME.sink = FAILED
  fi
#else
#ifdef BREAK_NO_TRANSACTION
  answer_all(batch[NOW].from, batch[NOW].to);
#endif
  TX.from = batch[NOW].from; TX.to = batch[NOW].to; ME.sink = PRODUCED
#endif
}

proctype Run(byte w) provided (!(SETTLED)) {
  byte place = 0;
  do
  /* ---- the source's thread: streams/consume/source.py, _turn ---- */
  :: ME.source == NOTE -> atomic {
       ME.known_epoch = ME.epoch;
       if
       :: ME.reset -> ME.reset = false; ME.position = ME.next; ME.fetch = ME.next
       :: else
       fi;
       ME.source = POLL
     }
  :: ME.source == POLL && ME.in_flight == IN_FLIGHT -> ME.source = NOTE
  :: ME.source == POLL && ME.in_flight < IN_FLIGHT -> atomic {
       if
       :: ME.generation != generation && owner != w ->  /* _on_lost, _on_revoke */
          ME.generation = generation; ME.has_next = false; ME.next = 0; ME.epoch = (ME.epoch + 1) % 8; ME.reset = false;
          ME.position = 0; ME.fetch = 0; ME.polled = 0; ME.source = CHECK
       :: ME.generation != generation && owner == w && MAY_READ_POSITION ->  /* _on_assign */
          ME.generation = generation; ME.has_next = true; ME.next = committed; ME.epoch = (ME.epoch + 1) % 8; ME.reset = false;
          ME.position = committed; ME.fetch = committed; ME.polled = 0; ME.source = CHECK;
          if :: ME.first_generation == 0 -> ME.first_generation = generation :: else fi
       :: ME.generation != generation && owner == w && !MAY_READ_POSITION -> ME.source = NOTE
       :: ME.generation == generation && ME.has_next && ME.fetch < RECORDS ->
          if
          :: ME.polled = 1
          :: BATCH > 1 && ME.fetch + 2 <= RECORDS -> ME.polled = 2
          fi;
          ME.fetch = ME.fetch + ME.polled; ME.source = CHECK
       :: ME.generation == generation && (!ME.has_next || ME.fetch == RECORDS) -> ME.source = NOTE
       fi
     }
  :: ME.source == CHECK -> atomic {
       if
       :: ME.epoch != ME.known_epoch ->  /* what was polled may lie on either side of the change: read again */
          if
          :: ME.reset -> ME.reset = false; ME.position = ME.next
          :: else
          fi;
          ME.fetch = ME.position
       :: ME.epoch == ME.known_epoch && ME.polled > 0 ->
          batch[TAIL].epoch = ME.known_epoch; batch[TAIL].start = ME.position; batch[TAIL].from = ME.fetch - ME.polled; batch[TAIL].to = ME.fetch;
          batch[TAIL].generation = ME.generation;
          ME.position = ME.fetch; ME.waiting++; ME.in_flight++
       :: else
       fi;
       ME.polled = 0; ME.source = NOTE
     }

  /* ---- the sink's thread: streams/produce/sink.py, commit ---- */
  :: ME.sink == IDLE && ME.waiting > 0 -> atomic {
       if
       :: !ACCEPTED -> end_epoch(FIRST); ME.in_flight--; take_next()
       :: ACCEPTED && FENCED -> restart()
       :: ACCEPTED && !FENCED -> copy(NOW, FIRST); take_next(); write()
       fi
     }
#ifdef BREAK_POSITION_OUTSIDE
  :: ME.sink == BEGUN -> atomic {
       if
       :: FENCED -> restart()
       :: else -> TX.from = batch[NOW].from; TX.to = batch[NOW].to; ME.sink = PRODUCED
       fi
     }
#endif
  :: ME.sink == PRODUCED -> atomic {
       if
       :: FENCED -> restart()
       :: !FENCED && OF_THE_GROUP -> 
          outlived = outlived || ME.first_generation != generation;
          TX.has_position = true; TX.position = batch[NOW].to; ME.sink = POSITIONED
       :: else -> ME.sink = FAILED
       fi
     }
  :: ME.sink == POSITIONED -> atomic {
       if
       :: FENCED -> restart()
       :: else ->
#ifndef BREAK_NO_TRANSACTION
          answer_all(TX.from, TX.to);
#endif
          committed = TX.position; drop_transaction(); ME.sink = COMMITTED
       fi
     }
  :: ME.sink == COMMITTED -> atomic {  /* Ledger.advance */
       if :: batch[NOW].epoch == ME.epoch && ME.has_next -> ME.next = batch[NOW].to :: else fi;
       finish()
     }
  :: ME.sink == FAILED -> atomic {
       if
       :: FENCED -> restart()
       :: else -> drop_transaction(); end_epoch(NOW); finish()
       fi
     }

  /* ---- faults ---- */
  :: faults < FAULTS && (ME.sink == BEGUN || ME.sink == PRODUCED || ME.sink == POSITIONED) ->
     atomic { faults++; ME.sink = FAILED }
  :: faults < FAULTS -> atomic { faults++; restart() }
  od
}

proctype Broker() provided (!(SETTLED)) {
  do
  :: faults < FAULTS -> atomic { faults++; generation++; owner = 0 }
  :: faults < FAULTS -> atomic { faults++; generation++; owner = 1 }
  /* A transaction outlived its timeout: the coordinator aborts it and fences its producer. */
  :: faults < FAULTS && txn[0].to > 0 -> atomic {
       faults++; txn[0].fence++; txn[0].from = 0; txn[0].to = 0; txn[0].has_position = false; txn[0].position = 0 }
  :: faults < FAULTS && txn[1].to > 0 -> atomic {
       faults++; txn[1].fence++; txn[1].from = 0; txn[1].to = 0; txn[1].has_position = false; txn[1].position = 0 }
  od
}

proctype Reader() {
  byte place = 0;
  d_step {
    SETTLED ->
    do
    :: place < RECORDS -> assert(answers[place] == 1); place++
    :: else -> break
    od
  }
#ifdef REACHES_THE_END
  assert(!outlived)  /* a trace to this line shows that a worker goes on after a rebalance, to the end */
#endif
}

init { atomic { run Run(0); run Run(1); run Broker(); run Reader() } }
