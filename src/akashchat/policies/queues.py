"""Whose turn it is: a line, lines in turn, and a lane beside them.

They are made of one another: a ``Ring`` of rings of lines is fair between callers, and between the users of each.
Nothing waits here; ``policies.limited`` does.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Queue(Protocol[T]):
    """Those who wait."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[T]:
        """All, in the order of their turns if nobody comes or leaves."""
        ...

    def put(self, one: T) -> None:
        """One more waits."""
        ...

    def take(self) -> T:
        """The one whose turn it is, who waits no longer; there must be one."""
        ...

    def drop(self, one: T) -> None:
        """One who leaves, if it is still here."""
        ...


class Line(Generic[T]):
    """First come, first served."""

    def __init__(self) -> None:
        self._all: OrderedDict[T, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[T]:
        return iter(self._all)

    def put(self, one: T) -> None:
        """One more at the end."""
        self._all[one] = None

    def take(self) -> T:
        """The first."""
        return self._all.popitem(last=False)[0]

    def drop(self, one: T) -> None:
        """One who leaves."""
        self._all.pop(one, None)


class Ring(Generic[T]):
    """A queue for each ``key``, served in turn, so that who asks for much waits behind himself and nobody else."""

    def __init__(self, key: Callable[[T], str], queue: Callable[[], Queue[T]]) -> None:
        self._key = key
        self._queue = queue
        self._queues: OrderedDict[str, Queue[T]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        turns = [iter(queue) for queue in self._queues.values()]
        while turns:
            still = []
            for turn in turns:
                for one in turn:
                    yield one
                    still.append(turn)
                    break
            turns = still

    def put(self, one: T) -> None:
        """One more, at the end of its own queue; a new queue has its turn after all others."""
        key = self._key(one)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = self._queue()
        queue.put(one)
        self._size += 1

    def take(self) -> T:
        """The first of the queue whose turn it is, which then comes last."""
        key, queue = next(iter(self._queues.items()))
        one = queue.take()
        self._size -= 1
        if queue:
            self._queues.move_to_end(key)
        else:
            del self._queues[key]
        return one

    def drop(self, one: T) -> None:
        """One who leaves."""
        key = self._key(one)
        queue = self._queues.get(key)
        if queue is None:
            return
        self._size -= len(queue)
        queue.drop(one)
        self._size += len(queue)
        if not queue:
            del self._queues[key]


class Lanes(Generic[T]):
    """A lane for those who can wait, beside one for those who cannot.

    While both have somebody the lower one has every fifth turn: it is slower, but it does not stand still.
    """

    EVERY = 5

    def __init__(self, is_low: Callable[[T], bool], queue: Callable[[], Queue[T]]) -> None:
        self._is_low = is_low
        self._high = queue()
        self._low = queue()
        self._passed = 0
        """How often in a row somebody in the low lane was passed by."""

    def __len__(self) -> int:
        return len(self._high) + len(self._low)

    def __iter__(self) -> Iterator[T]:
        low = iter(self._low)
        passed, left = self._passed, len(self._low)
        for one in self._high:
            if left and passed == self.EVERY - 1:
                yield next(low)
                passed, left = 0, left - 1
            yield one
            passed = passed + 1 if left else 0
        yield from low

    def put(self, one: T) -> None:
        """One more, in its lane."""
        (self._low if self._is_low(one) else self._high).put(one)

    def take(self) -> T:
        """The one whose turn it is."""
        if not self._low:
            return self._high.take()
        if self._high and self._passed < self.EVERY - 1:
            self._passed += 1
            return self._high.take()
        self._passed = 0
        return self._low.take()

    def drop(self, one: T) -> None:
        """One who leaves."""
        (self._low if self._is_low(one) else self._high).drop(one)
