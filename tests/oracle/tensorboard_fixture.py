#!/usr/bin/env python3
"""Writes tensorboard_fixture.tfevents with TensorBoard's own event writer, for metrics_test.cpp.

With a run's folder as argument, prints the scalars that TensorBoard reads from it instead.
Needs tensorboard.
"""
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

if len(sys.argv) > 1:
    accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
    accumulator.Reload()
    for tag in accumulator.Tags()["scalars"]:
        print(tag, [(event.step, event.value) for event in accumulator.Scalars(tag)])
else:
    values = [
        Summary.Value(tag="loss", simple_value=0.1),
        Summary.Value(tag="evaluation/Größe", simple_value=float("inf")),
    ]
    events = [
        Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        Event(wall_time=1700000001.5, step=301, session_log=SessionLog(status=SessionLog.START)),
        Event(wall_time=1700000002.0, step=5_000_000_000, summary=Summary(value=values)),
        Event(wall_time=1700000003.0, step=0, summary=Summary(value=values[:1] * 20)),
    ]
    with open(pathlib.Path(__file__).with_suffix(".tfevents"), "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
        writer.flush()
