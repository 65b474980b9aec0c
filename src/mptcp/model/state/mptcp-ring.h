/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_RING_H
#define MPTCP_RING_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace ns3
{

/**
 * A std::deque that allocates nothing while it has never held anything, and gives memory back when
 * its content goes: every connection and subflow has several queues that are empty most of the
 * time, and libstdc++'s deque takes 576 octets for each of them.
 *
 * The elements are in a ring of a power of two of slots, which doubles when it is full and halves
 * when three quarters of it are empty. Few slots are kept when the last element goes, so that a
 * queue which holds one element after the other does not allocate for each. References and
 * iterators are valid until the next call that is not const. The names are those of std::deque.
 *
 * @tparam T type of the elements; an empty slot holds a value-initialized one
 */
template <typename T>
class MptcpRing
{
  public:
    /**
     * Random access iterator.
     * @tparam Ring MptcpRing, const or not
     */
    template <typename Ring>
    class Position
    {
      public:
        using iterator_category = std::random_access_iterator_tag; ///< kind of iterator
        using value_type = T;                                      ///< type of the elements
        using difference_type = std::ptrdiff_t;                    ///< distance of two
        /// What it points to.
        using pointer = std::conditional_t<std::is_const_v<Ring>, const T*, T*>;
        /// What it gives.
        using reference = std::conditional_t<std::is_const_v<Ring>, const T&, T&>;

        Position() = default;

        /** @param ring ring @param index of the element, from 0 */
        Position(Ring* ring, std::size_t index)
            : m_ring(ring),
              m_index(index)
        {
        }

        reference operator*() const
        {
            return (*m_ring)[m_index];
        }

        pointer operator->() const
        {
            return &(*m_ring)[m_index];
        }

        reference operator[](difference_type n) const
        {
            return (*m_ring)[m_index + static_cast<std::size_t>(n)];
        }

        Position& operator++()
        {
            ++m_index;
            return *this;
        }

        Position operator++(int)
        {
            return {m_ring, m_index++};
        }

        Position& operator--()
        {
            --m_index;
            return *this;
        }

        Position operator--(int)
        {
            return {m_ring, m_index--};
        }

        Position& operator+=(difference_type n)
        {
            m_index += static_cast<std::size_t>(n);
            return *this;
        }

        Position& operator-=(difference_type n)
        {
            m_index -= static_cast<std::size_t>(n);
            return *this;
        }

        friend Position operator+(Position a, difference_type n)
        {
            return a += n;
        }

        friend Position operator+(difference_type n, Position a)
        {
            return a += n;
        }

        friend Position operator-(Position a, difference_type n)
        {
            return a -= n;
        }

        friend difference_type operator-(const Position& a, const Position& b)
        {
            return static_cast<difference_type>(a.m_index - b.m_index);
        }

        bool operator==(const Position& other) const
        {
            return m_index == other.m_index;
        }

        bool operator<(const Position& other) const
        {
            return m_index < other.m_index;
        }

        bool operator>(const Position& other) const
        {
            return other < *this;
        }

        bool operator<=(const Position& other) const
        {
            return !(other < *this);
        }

        bool operator>=(const Position& other) const
        {
            return !(*this < other);
        }

      private:
        Ring* m_ring{nullptr};  ///< ring
        std::size_t m_index{0}; ///< index of the element
    };

    using iterator = Position<MptcpRing>;             ///< iterator
    using const_iterator = Position<const MptcpRing>; ///< iterator that changes nothing

    MptcpRing() = default;

    /** @param other ring to copy */
    MptcpRing(const MptcpRing& other)
    {
        *this = other;
    }

    /** @param other ring to copy @return this one */
    MptcpRing& operator=(const MptcpRing& other)
    {
        if (this != &other)
        {
            clear();
            for (const T& element : other)
            {
                push_back(element);
            }
        }
        return *this;
    }

    /** @param other ring that becomes empty */
    MptcpRing(MptcpRing&& other) noexcept
    {
        *this = std::move(other);
    }

    /** @param other ring that becomes empty @return this one */
    MptcpRing& operator=(MptcpRing&& other) noexcept
    {
        if (this != &other)
        {
            m_slots = std::move(other.m_slots);
            m_capacity = std::exchange(other.m_capacity, 0);
            m_first = std::exchange(other.m_first, 0);
            m_size = std::exchange(other.m_size, 0);
        }
        return *this;
    }

    bool empty() const ///< @return nothing is in it
    {
        return m_size == 0;
    }

    std::size_t size() const ///< @return number of elements
    {
        return m_size;
    }

    std::size_t capacity() const ///< @return number of slots, of elements or empty
    {
        return m_capacity;
    }

    /** @param index less than size() @return the element */
    T& operator[](std::size_t index)
    {
        return m_slots[(m_first + index) & (m_capacity - 1)];
    }

    /** @param index less than size() @return the element */
    const T& operator[](std::size_t index) const
    {
        return m_slots[(m_first + index) & (m_capacity - 1)];
    }

    T& front() ///< @return first element; there is one
    {
        return (*this)[0];
    }

    const T& front() const ///< @return first element; there is one
    {
        return (*this)[0];
    }

    T& back() ///< @return last element; there is one
    {
        return (*this)[m_size - 1];
    }

    const T& back() const ///< @return last element; there is one
    {
        return (*this)[m_size - 1];
    }

    iterator begin() ///< @return at the first element
    {
        return {this, 0};
    }

    iterator end() ///< @return behind the last element
    {
        return {this, m_size};
    }

    const_iterator begin() const ///< @return at the first element
    {
        return {this, 0};
    }

    const_iterator end() const ///< @return behind the last element
    {
        return {this, m_size};
    }

    /** @param element element to append @return it */
    T& push_back(T element)
    {
        MakeRoom();
        ++m_size;
        return back() = std::move(element);
    }

    /** @param arguments of the constructor @return the element, appended */
    template <typename... Arguments>
    T& emplace_back(Arguments&&... arguments)
    {
        return push_back(T(std::forward<Arguments>(arguments)...));
    }

    /** @param element element to put before all others @return it */
    T& push_front(T element)
    {
        MakeRoom();
        m_first = (m_first - 1) & (m_capacity - 1);
        ++m_size;
        return front() = std::move(element);
    }

    /** @param arguments of the constructor @return the element, before all others */
    template <typename... Arguments>
    T& emplace_front(Arguments&&... arguments)
    {
        return push_front(T(std::forward<Arguments>(arguments)...));
    }

    void pop_front() ///< Remove the first element; there is one.
    {
        front() = T();
        m_first = (m_first + 1) & (m_capacity - 1);
        --m_size;
        Shrink();
    }

    void pop_back() ///< Remove the last element; there is one.
    {
        back() = T();
        --m_size;
        Shrink();
    }

    /**
     * Insert an element; those before it or those behind it move, whichever are fewer.
     *
     * @param position where it will be
     * @param element the element
     */
    void insert(iterator position, T element)
    {
        const auto index = static_cast<std::size_t>(position - begin());
        if (index < m_size / 2)
        {
            push_front(std::move(element));
            for (std::size_t i = 0; i < index; ++i)
            {
                std::swap((*this)[i], (*this)[i + 1]);
            }
            return;
        }
        push_back(std::move(element));
        for (std::size_t i = m_size - 1; i > index; --i)
        {
            std::swap((*this)[i], (*this)[i - 1]);
        }
    }

    /** Remove elements. @param first first of them @param last behind the last of them */
    void erase(iterator first, iterator last)
    {
        const auto removed = static_cast<std::size_t>(last - first);
        auto to = static_cast<std::size_t>(first - begin());
        for (; removed > 0 && to + removed < m_size; ++to)
        {
            (*this)[to] = std::move((*this)[to + removed]);
        }
        for (std::size_t i = 0; i < removed; ++i)
        {
            pop_back();
        }
    }

    void clear() ///< Remove all elements and give all memory back.
    {
        m_slots.reset();
        m_capacity = 0;
        m_first = 0;
        m_size = 0;
    }

    /** @tparam Predicate bool(const T&) @param unwanted true for an element that is to go */
    template <typename Predicate>
    void EraseIf(Predicate unwanted)
    {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < m_size; ++i)
        {
            if (!unwanted(std::as_const((*this)[i])))
            {
                if (kept != i)
                {
                    (*this)[kept] = std::move((*this)[i]);
                }
                ++kept;
            }
        }
        while (m_size > kept)
        {
            pop_back();
        }
    }

  private:
    /// Slots of the first allocation.
    static constexpr std::size_t FIRST = std::bit_floor(sizeof(T) < 64 ? 64 / sizeof(T) : 1);
    /// Slots that are kept when the last element goes.
    static constexpr std::size_t KEPT = 4 * FIRST;

    /** Make sure that there is an empty slot. */
    void MakeRoom()
    {
        if (m_size == m_capacity)
        {
            Resize(m_size == 0 ? FIRST : 2 * m_size);
        }
    }

    /** An element has gone: give memory back if much of it is empty. */
    void Shrink()
    {
        if (m_capacity > KEPT && m_size <= m_capacity / 4)
        {
            m_size == 0 ? clear() : Resize(m_capacity / 2);
        }
    }

    /** @param slots number of slots from now on, a power of two and enough */
    void Resize(std::size_t slots)
    {
        auto moved = std::make_unique<T[]>(slots);
        for (std::size_t i = 0; i < m_size; ++i)
        {
            moved[i] = std::move((*this)[i]);
        }
        m_slots = std::move(moved);
        m_capacity = static_cast<uint32_t>(slots);
        m_first = 0;
    }

    std::unique_ptr<T[]> m_slots; ///< ring
    uint32_t m_capacity{0};       ///< slots
    uint32_t m_first{0};          ///< slot of the first element
    uint32_t m_size{0};           ///< number of elements
};

} // namespace ns3

#endif /* MPTCP_RING_H */
