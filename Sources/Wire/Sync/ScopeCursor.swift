package import Model
import SwiftProtobuf

/// How far one scope has come.
package struct ScopeCursor: Hashable, Sendable {
    package let scope: Scope
    package let position: Position

    package init(scope: Scope, position: Position) {
        self.scope = scope
        self.position = position
    }

    var message: Waymark_V1_ScopeCursor {
        var message = Waymark_V1_ScopeCursor()
        message.scope = scope.data
        message.position = position.message
        return message
    }

    init(_ message: Waymark_V1_ScopeCursor) throws(WireError) {
        self.init(scope: try Scope(message.scope), position: try Position(message.position))
    }
}
