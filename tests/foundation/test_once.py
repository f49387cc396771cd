"""What a request reads once: the same for everybody in it, anew after it, and nothing of another."""

from threading import Thread

from smarketing.foundation.once import Once


def counting():
    once, reads = Once("number"), []

    def read() -> int:
        reads.append(1)
        return len(reads)

    return once, lambda: once.get(read)


def test_outside_of_a_block_it_is_read_each_time():
    _, asked = counting()
    assert [asked(), asked()] == [1, 2]


def test_within_a_block_it_is_read_once_and_after_it_anew():
    once, asked = counting()
    with once.reading():
        assert [asked(), asked()] == [1, 1]
    assert asked() == 2


def test_a_block_within_a_block_reads_for_itself_and_leaves_the_outer_one_as_it_was():
    once, asked = counting()
    with once.reading():
        asked()
        with once.reading():
            assert asked() == 2
        assert asked() == 1


def test_what_was_written_is_seen():
    once, asked = counting()
    with once.reading():
        asked()
        once.put(7)
        assert asked() == 7


def test_outside_of_a_block_nothing_is_kept():
    once, asked = counting()
    once.put(7)
    assert asked() == 1


def test_nothing_found_is_kept_too():
    once, reads = Once("list"), []
    with once.reading():
        for _ in range(2):
            assert once.get(lambda: reads.append(1)) is None
    assert len(reads) == 1


def test_another_thread_has_its_own():
    once, asked = counting()
    with once.reading():
        asked()
        found = []
        other = Thread(target=lambda: found.append(asked()))
        other.start()
        other.join()
        assert found == [2] and asked() == 1
