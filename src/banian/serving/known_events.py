"""Events from the log, or from a stream that machines share, to the model that answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock
from typing import final

from banian.errors import BanianError, BundleError, RunError
from banian.features.appended import NOTHING_APPENDED, Appended
from banian.features.event_log import EVENTS, EventLog
from banian.features.event_record import EventRecord, in_rounds, in_turn, together
from banian.features.taking_rows import AbstractLiveStore
from banian.serving.event_refusals import key_of_others, machine_is_behind, stream_is_away
from banian.serving.event_stream import EventStream, StreamAwayError
from banian.serving.event_work import EventWork
from banian.serving.model_holder import ModelHolder
from banian.serving.served_model import ServedModel
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings

_MOST = 20_000
"""Rows above the store on the disk, from which on they are folded into it."""
_TRIES = 3
Told = Appended | Exception


@final
class KnownEvents:
    """Writes events down, lets them be known, and folds them into the store on the disk from time to time.

    Its methods may be called by any thread; they work one after another.

    Args:
        work: how rows are taken in.
        holder: the model, which is told what is known.
        settings: where the run lies.
        stream: that other machines follow; none where this one is alone.
        log: of the service.

    """

    def __init__(
        self,
        work: EventWork,
        holder: ModelHolder,
        settings: ServiceSettings,
        stream: EventStream | None,
        log: ServiceLog,
    ) -> None:
        self._work, self._holder, self._run, self._log = work, holder, settings.run, log
        self._stream, self._lock = stream, RLock()
        self._place = EventLog(self._run / EVENTS)
        self._live: AbstractLiveStore | None = None
        self._known = 0
        """Number of the newest record that the model knows."""
        self._rows = 0
        self._lacks = False
        """Whether a record was written and could not be taken in."""
        self._is_sure = False
        """Whether the stream was held against the log since it was away last."""
        with self.renewing(holder.current) as model:
            holder.current = model
        holder.renewing = self.renewing

    @contextmanager
    def renewing(self, model: ServedModel) -> Iterator[ServedModel]:
        """Give a model with the events that came since its store was written; none come while the block goes on."""
        with self._lock:
            self._place = EventLog(self._run / EVENTS)
            self._place.follow()
            self._live, self._known = None, self._place.number
            if self._known > model.predictor.store.applied:
                try:
                    self._live = self._open(model, self._known)
                    model = model.with_events(self._live.events, self._known)
                except BundleError as error:  # the store on the disk is another bundle's
                    self._log.write_fault("events are not known to a model", error)
            self._lacks = False
            yield model

    def take(self, records: Sequence[EventRecord]) -> list[tuple[EventRecord, Told, bool]]:
        """Write records down and let them be known.

        Gives for each the record, what became of its rows, with those of the records that were taken in beside it, or
        why they could not be used; and whether the request had come before.

        Raises:
            Refusal: 503, the stream is away, or this machine is behind it; nothing is known of the records.
            OSError: the log cannot be written.

        """
        with self._lock:
            if self._stream is not None:
                return self._take_from_stream(records, self._stream)
            with self._place.writing() as others:
                fresh, said = list[EventRecord](), list[bool]()
                for one in records:
                    is_again = self._is_again(one, fresh)
                    said.append(is_again)
                    if not is_again:
                        fresh.append(one)
                written = self._place.append(fresh) if fresh else []
            told = self._let_know([*others, *written])
            left = iter(written)
            return [
                (one, self._told_again(one, records), True)
                if is_again
                else (one, told[next(left).number], False)
                for one, is_again in zip(records, said, strict=True)
            ]

    def _is_again(self, record: EventRecord, fresh: Sequence[EventRecord]) -> bool:
        """Say whether a request came before, or is among those that come now."""
        if record.key is None:
            return False
        is_known = self._place.find(record.key) is not None
        return is_known or any(one.key == record.key for one in fresh)

    def _told_again(self, record: EventRecord, records: Sequence[EventRecord]) -> Told:
        """Say what is told who sends a request again: nothing was taken; or other rows came under its key."""
        known = None if record.key is None else self._place.find(record.key)
        first = next((one.digest for one in records if one.key == record.key), record.digest)
        if record.digest == (first if known is None else known.digest):
            return NOTHING_APPENDED
        return key_of_others()

    def _take_from_stream(
        self, records: Sequence[EventRecord], stream: EventStream
    ) -> list[tuple[EventRecord, Told, bool]]:
        self.pull()
        found: list[tuple[EventRecord, Told, bool]] = []
        sent: list[tuple[EventRecord, str | None]] = []
        for one in records:
            is_again = self._is_again(one, [r for r, place in sent if place is not None])
            try:
                sent.append((one, None if is_again else stream.add(one.to_bytes())))
            except StreamAwayError:
                self._lose()
                raise stream_is_away() from None
        told = dict[str, Told]()
        while any(p is not None and not _is_upto(p, self._place.origin) for _, p in sent):
            before = self._place.origin
            told |= self.pull()
            if self._place.origin == before:
                break  # those that are left came before by another way
        for one, place in sent:
            count = told.get(place or "")
            is_again = count is None
            found.append(
                (one, self._told_again(one, records) if count is None else count, is_again)
            )
        return found

    def follow(self) -> None:
        """Let be known what other processes wrote."""
        with self._lock:
            news = self._place.follow()
            if self._place.is_behind or self._lacks:
                with self.renewing(self._holder.current) as model:
                    self._holder.current = model
            elif news:
                self._let_know(news)

    def wait(self, seconds: float) -> bool:
        """Wait for something to come in the stream; say whether there is something."""
        assert self._stream is not None
        try:
            return bool(self._stream.read(self._place.origin, seconds)) or not self._is_sure
        except StreamAwayError:
            self._lose()
            raise

    def pull(self) -> dict[str, Told]:
        """Write down what is new in the stream and let it be known; give what became of it, by its place there.

        Raises:
            Refusal: 503, the stream is away, or does not reach back to where this machine is.

        """
        assert self._stream is not None
        with self._lock, self._place.writing() as others:
            try:
                if not self._is_sure and not self._stream.has_all_since(self._place.origin):
                    self._holder.degraded = ("events", "behind")
                    raise machine_is_behind()
                self._is_sure = True
                entries = self._stream.read(self._place.origin)
            except StreamAwayError:
                self._lose()
                raise stream_is_away() from None
            fresh = list[EventRecord]()
            for place, data in entries:
                record = EventRecord.from_bytes(data, origin=place)
                if self._is_again(record, fresh):
                    record = replace(record, rows={}, key=None)  # its place counts
                fresh.append(record)
            written = self._place.append(fresh) if fresh else []
        told = self._let_know([*others, *written])
        self._holder.degraded = ()
        new = [one for one in (*others, *written) if one.origin and one.number in told]
        return {one.origin: told[one.number] for one in new}

    def close(self) -> None:
        """Fold what is not on the disk as a store."""
        with self._lock:
            if self._live is not None and self._known > self._live.applied:
                try:
                    self._fold(self._known)
                except RunError:
                    pass  # another process does
                except (BanianError, OSError) as error:
                    self._log.write_fault("folding failed", error)  # the log has it
            if self._stream is not None:
                self._stream.close()

    def _lose(self) -> None:
        self._is_sure, self._holder.degraded = False, ("events",)

    def _let_know(self, records: Sequence[EventRecord]) -> dict[int, Told]:
        """Take the rows of records in; say what became of each."""
        void, told = {one.voids for one in records}, dict[int, Told]()
        spec = self._holder.current.predictor.spec
        rows = [one for one in records if one.rows and one.number not in void]
        for group in in_turn(spec, rows):
            told |= self._take_group(group)
        self._known = max([self._known, *(one.number for one in records)])
        if self._live is not None:
            model = self._holder.current
            self._holder.current = model.with_events(self._live.events, self._known)
        if self._rows > _MOST:
            self._rows = 0
            try:
                self._fold(self._known)  # who looks at the run opens it
            except (BanianError, OSError) as error:
                self._log.write_fault("folding failed", error)
        return told

    def _take_group(self, group: Sequence[EventRecord]) -> dict[int, Told]:
        count: Appended | None = None
        try:
            count = self._add(group)
        except Exception as error:
            self._live = None
            if len(group) == 1:
                self._lacks |= not isinstance(error, BanianError) or isinstance(error, RunError)
                return {group[0].number: error}
        if count is None:  # each by itself, so that each is told what became of it
            return {n: said for one in group for n, said in self._take_group([one]).items()}
        return dict.fromkeys((one.number for one in group), count)

    def _add(self, group: Sequence[EventRecord]) -> Appended | None:
        """Take the rows of a group in; none where they must be read among all rows, and are of several requests."""
        first, last = group[0].number, group[-1].number
        if self._live is None:
            self._live = self._open(self._holder.current, first - 1)
        if self._live.applied >= last:
            return NOTHING_APPENDED  # another process folded it meanwhile
        rows = together(group)
        count = self._live.add(rows)
        if count is None and len(group) > 1:
            return None
        if count is None:
            if first - 1 > self._live.applied:
                self._fold(first - 1)
            count = self._fold(last)
            self._live = self._open(self._holder.current, last)
        self._rows += sum(map(len, rows.values()))
        return count

    def _open(self, model: ServedModel, upto: int) -> AbstractLiveStore:
        """Open the store, and take in what the log has beyond it."""
        predictor = model.predictor
        for _ in range(_TRIES):
            live = self._work.open_store(predictor.bundle, self._run)
            records = EventLog(self._run / EVENTS).follow()
            void = {one.voids for one in records}
            new = [
                one
                for one in records
                if one.rows and live.applied < one.number <= upto and one.number not in void
            ]
            rounds = in_rounds(predictor.spec, new) if new else []
            if all(live.add(rows) is not None for rows in rounds):
                return live
            self._fold(upto)
        raise RunError("The store of the run changes all the time.", remedy="Try again later.")

    def _fold(self, upto: int) -> Appended:
        done = self._work.fold(self._run, upto)
        self._rows = 0
        return done


def _is_upto(place: str, other: str) -> bool:
    """Say whether a place in a stream lies at or before another."""
    numbers = [tuple(map(int, one.split("-"))) for one in (place, other or "0-0")]
    return numbers[0] <= numbers[1]
