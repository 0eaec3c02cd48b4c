package import Model
import SwiftProtobuf

/// A reader gains or loses a scope, at a place in the hub's order.
package struct Grant: Hashable, Sendable {
    package let scope: Scope
    package let isGranted: Bool
    package let position: Position

    package init(scope: Scope, isGranted: Bool, position: Position) {
        self.scope = scope
        self.isGranted = isGranted
        self.position = position
    }

    var message: Waymark_V1_Grant {
        var message = Waymark_V1_Grant()
        message.scope = scope.data
        message.granted = isGranted
        message.position = position.message
        return message
    }

    init(_ message: Waymark_V1_Grant) throws(WireError) {
        self.init(
            scope: try Scope(message.scope), isGranted: message.granted,
            position: try Position(message.position))
    }
}
