"""CPython's side of start.py: obeys the same orders as heddle.benchmarks.StartBenchmark, with a start method as second word."""

import multiprocessing
import sys
import time


def nothing():
    pass


def one(context):
    began = time.perf_counter()
    child = context.Process(target=nothing)
    child.start()
    child.join()
    took = (time.perf_counter() - began) * 1e3
    assert child.exitcode == 0
    return took


def many(context, count):
    began = time.perf_counter()
    children = [context.Process(target=nothing) for _ in range(count)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    took = (time.perf_counter() - began) * 1e3
    assert all(child.exitcode == 0 for child in children)
    return took


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        order, *rest = line.split()
        if order == "end":
            return
        context = multiprocessing.get_context(rest[0])
        if order == "one":
            print(one(context), flush=True)
        elif order == "many":
            print(many(context, int(rest[1])), flush=True)
        else:
            raise SystemExit(f"no such order: {line}")


if __name__ == "__main__":
    main()
