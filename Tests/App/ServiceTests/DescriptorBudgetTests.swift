import HTTPServing
import Testing

@testable import Service

@Suite("What descriptors are for")
struct DescriptorBudgetTests {
    @Test("With many, connections are limited by the server's own limit")
    func many() {
        for limit: UInt64 in [1 << 20, .max] {
            let budget = DescriptorBudget(limit: limit, attempts: 100)
            #expect(budget.connections == HTTPServer.Configuration().maximumConnections)
            #expect(budget.refusals == HTTPServer.Configuration().maximumRefusalsAtOnce)
        }
    }

    @Test("With few, what attempts, store and log need is kept back")
    func few() {
        #expect(DescriptorBudget(limit: 1024, attempts: 4).connections == 1024 - 64 - 64 - 16)
        #expect(DescriptorBudget(limit: 4096, attempts: 100).connections == 4096 - 64 - 64 - 400)
        #expect(DescriptorBudget(limit: 4096, attempts: 100).refusals == 64)
    }

    @Test("However few there are, somebody can come in, and connections never take all")
    func veryFew() {
        for limit: UInt64 in [0, 1, 16, 64, 128, 256, 1024, 4096] {
            for attempts in [0, 1, 10, 10_000] {
                let budget = DescriptorBudget(limit: limit, attempts: attempts)
                #expect(budget.connections >= 1)
                #expect(
                    limit < 16 || budget.connections + budget.refusals <= Int(limit) / 2 || attempts < 10_000)
                #expect(limit < 16 || budget.connections + budget.refusals < Int(limit))
            }
        }
    }
}
