import Foundation
package import Model
import SwiftProtobuf

extension SyncAnswer {
    /// A place in the hub's order, as far as the reader may read it.
    package struct Entry: Hashable, Sendable {
        /// Nil for the reader's own batches, which they have.
        package let batch: SealedBatch?
        package let admission: SignedAdmission
        /// Where it stands in the order; nil for the admission's own position. Another one has what
        /// the hub had lost and got back.
        package let position: Position?

        package init(
            batch: SealedBatch?, admission: SignedAdmission, position: Position? = nil
        ) {
            self.batch = batch
            self.admission = admission
            self.position = position
        }

        var message: Waymark_V1_Entry {
            var message = Waymark_V1_Entry()
            if let batch { message.batch = batch.message }
            message.admission = admission.message
            if let position { message.position = position.message }
            return message
        }

        init(_ message: Waymark_V1_Entry) throws(WireError) {
            self.init(
                batch: message.hasBatch ? try SealedBatch(message.batch) : nil,
                admission: try SignedAdmission(message.admission),
                position: message.hasPosition ? try Position(message.position) : nil)
        }
    }

    /// What became of a batch that was sent.
    package struct Receipt: Hashable, Sendable {
        package enum Outcome: UInt32, Sendable {
            case admitted = 1
            /// Admitted before.
            case known = 2
            /// Kept by the hub, not admitted yet.
            case waiting = 3
            /// Refused whole.
            case refused = 4
        }

        /// The batch's id.
        package let batch: Digest
        package let outcome: Outcome
        /// A stable word for why it was refused or waits; else empty.
        package let code: String
        /// Where it stands in the order; nil while it has no place there.
        package let position: Position?

        package init(
            batch: Digest, outcome: Outcome, code: String = "", position: Position? = nil
        ) {
            self.batch = batch
            self.outcome = outcome
            self.code = code
            self.position = position
        }

        var message: Waymark_V1_Receipt {
            var message = Waymark_V1_Receipt()
            message.batch = batch.data
            message.outcome = outcome.rawValue
            message.code = code
            if let position { message.position = position.message }
            return message
        }

        init(_ message: Waymark_V1_Receipt) throws(WireError) {
            guard let outcome = Outcome(rawValue: message.outcome) else {
                throw WireError(.malformed, "The outcome \(message.outcome) is unknown.")
            }
            try Limit.bytes(
                message.code.utf8.count, atMost: Limits.shortTextBytesMax, "code of a receipt")
            self.init(
                batch: try Digest(message.batch, "batch of a receipt"), outcome: outcome,
                code: message.code,
                position: message.hasPosition ? try Position(message.position) : nil)
        }
    }

    /// Where a scope stands by the hub's books; sent after a digest mismatch.
    package struct ScopeHead: Hashable, Sendable {
        package let scope: Scope
        /// Of the scope's last entry.
        package let position: Position
        package let chain: Digest
        /// Thirty-two bytes; see `protocol/state.md`.
        package let stateHash: [UInt8]

        package init(scope: Scope, position: Position, chain: Digest, stateHash: [UInt8]) {
            self.scope = scope
            self.position = position
            self.chain = chain
            self.stateHash = stateHash
        }

        var message: Waymark_V1_ScopeHead {
            var message = Waymark_V1_ScopeHead()
            message.scope = scope.data
            message.position = position.message
            message.chain = chain.data
            message.stateHash = Data(stateHash)
            return message
        }

        init(_ message: Waymark_V1_ScopeHead) throws(WireError) {
            guard message.stateHash.count == 32 else {
                throw WireError(.malformed, "The state hash of a scope has 32 bytes.")
            }
            self.init(
                scope: try Scope(message.scope), position: try Position(message.position),
                chain: try Digest(message.chain, "chain of a scope"),
                stateHash: Array(message.stateHash))
        }
    }
}
