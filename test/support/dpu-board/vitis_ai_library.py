"""Stands in for the Vitis AI Library's module: runs a whole graph, and gives float32 at its end."""
import vart


class GraphRunner:
    def __init__(self, graph):
        self.record = graph.record

    @staticmethod
    def create_graph_runner(graph):
        return GraphRunner(graph)

    def get_inputs(self):
        return [vart.buffer_of(one) for one in self.record['inputs']]

    def get_outputs(self):
        return [vart.buffer_of(one) for one in self.record['outputs']]

    def execute_async(self, inputs, outputs):
        vart.answer(inputs, outputs)
        return (1, 0)

    def wait(self, job):
        assert job == (1, 0)
