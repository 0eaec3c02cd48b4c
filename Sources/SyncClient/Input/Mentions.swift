import Foundation
import Replica

extension String {
    /// Whether a text stands in it, whatever the case and the accents.
    func mentions(_ text: String) -> Bool {
        range(of: text, options: [.caseInsensitive, .diacriticInsensitive]) != nil
    }
}

extension Person {
    /// Whether a text stands in their profile.
    func mentions(_ text: String) -> Bool {
        let texts =
            [name, email, location, bio, company, department, experience, currentRole, goals]
            .compactMap { $0 } + expertise + languages + skills
        return texts.contains { $0.mentions(text) }
    }
}
